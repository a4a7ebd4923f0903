using System.Globalization;
using System.Text.RegularExpressions;

namespace Colloquy.Grains.Agents.Offline;

/// <param name="Name">What the file is called if the prompt does not say.</param>
internal sealed record Script(string Name, string Content);

/// <summary>Writes small shell scripts from a description: the offline agent's code generation.</summary>
internal static class ScriptWriter
{
    public const string Known =
        "primes, Fibonacci numbers, a factorial, FizzBuzz, a sum, squares, a multiplication table, a countdown, " +
        "sorting words or numbers, counting, and printing a quoted text";

    private const RegexOptions Linear =
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private static readonly string[] Bounds = ["up to", "below", "until", "less than", "under"];
    private static readonly Regex Numbers = new(@"-?\d+", Linear);
    private static readonly Regex Quoted = new(@"""[^""]+""|'[^']+'|`[^`]+`|“[^”]+”", Linear);
    private static readonly Regex Sorted = new(@"\bsort(?:s|ed|ing)?\b\s*(?:the\s+)?(?:words|names|numbers|lines)?\s*:?\s*(.+)$", Linear | RegexOptions.Singleline);

    private static readonly (string Word, Func<string, long[], Script?> Write)[] Kinds =
    [
        ("prime", Primes),
        ("fibonacci", Fibonacci),
        ("factorial", Factorial),
        ("fizzbuzz", FizzBuzz),
        ("fizz buzz", FizzBuzz),
        ("sort", Sort),
        ("sum", Sum),
        ("add", Sum),
        ("square", Squares),
        ("table", Table),
        ("count down", Countdown),
        ("countdown", Countdown),
        ("counts down", Countdown),
        ("count", CountUp),
        ("numbers from", CountUp),
        ("print", Print),
        ("say", Print),
        ("greet", Print),
    ];

    /// <returns>Null if no kind fits or its numbers are out of range.</returns>
    public static Script? TryWrite(string description)
    {
        var numbers = Numbers.Matches(description)
            .Select(match => long.TryParse(match.ValueSpan, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue)
            .Take(1000)
            .ToArray();
        return Kinds
            .Where(kind => description.Contains(kind.Word, StringComparison.OrdinalIgnoreCase))
            .Select(kind => kind.Write(description, numbers))
            .FirstOrDefault(script => script is not null);
    }

    private static Script? Primes(string description, long[] numbers)
    {
        var upTo = Bounds.Any(word => description.Contains(word, StringComparison.OrdinalIgnoreCase));
        var number = numbers is [var first, ..] ? first : 10;
        var condition = upTo ? $"""[ "$n" -le {number} ]""" : $"""[ "$found" -lt {number} ]""";
        return number is < 1 or > 10_000 ? null : Make(
            "primes", upTo ? $"Prints the primes up to {number}." : $"Prints the first {number} primes.",
            $$"""
            found=0
            n=2
            while {{condition}}; do
              d=2
              while [ $((d * d)) -le "$n" ] && [ $((n % d)) -ne 0 ]; do
                d=$((d + 1))
              done
              if [ $((d * d)) -gt "$n" ]; then
                echo "$n"
                found=$((found + 1))
              fi
              n=$((n + 1))
            done
            """);
    }

    // The 92nd is the last that fits into 64 bits.
    private static Script? Fibonacci(string description, long[] numbers) =>
        (numbers is [var first, ..] ? first : 10) is var number && number is < 1 or > 92 ? null : Make(
            "fibonacci", $"Prints the first {number} Fibonacci numbers.",
            $$"""
            a=0
            b=1
            i=0
            while [ "$i" -lt {{number}} ]; do
              echo "$a"
              next=$((a + b))
              a=$b
              b=$next
              i=$((i + 1))
            done
            """);

    // 20! is the last that fits into 64 bits.
    private static Script? Factorial(string description, long[] numbers) =>
        (numbers is [var first, ..] ? first : 10) is var number && number is < 0 or > 20 ? null : Make(
            "factorial", $"Prints the factorial of {number}.",
            $$"""
            result=1
            i=2
            while [ "$i" -le {{number}} ]; do
              result=$((result * i))
              i=$((i + 1))
            done
            echo "$result"
            """);

    private static Script? FizzBuzz(string description, long[] numbers) =>
        Loop("fizzbuzz", "Plays FizzBuzz", 1, numbers is [.., var last] ? last : 15,
            """
              if [ $((i % 15)) -eq 0 ]; then echo FizzBuzz
              elif [ $((i % 5)) -eq 0 ]; then echo Buzz
              elif [ $((i % 3)) -eq 0 ]; then echo Fizz
              else echo "$i"
              fi
            """);

    private static Script? Squares(string description, long[] numbers) =>
        Loop("squares", "Prints the squares", numbers is [var a, _, ..] ? a : 1, numbers is [.., var b] ? b : 10, "  echo $((i * i))");

    private static Script? Table(string description, long[] numbers) =>
        numbers is [var number and >= 0 and <= 1_000_000, ..]
            ? Loop("table", $"Prints the multiplication table of {number}", 1, 10, $$"""  echo "{{number}} x $i = $(({{number}} * i))" """.TrimEnd())
            : null;

    private static Script? CountUp(string description, long[] numbers) =>
        Loop("count", "Counts", numbers is [var a, _, ..] ? a : 1, numbers is [.., var b] ? b : 10, """  echo "$i" """.TrimEnd());

    private static Script? Countdown(string description, long[] numbers) =>
        (numbers is [var first, ..] ? first : 10) is var number && number is < 0 or > 10_000 ? null : Make(
            "countdown", $"Counts down from {number}.",
            $$"""
            i={{number}}
            while [ "$i" -ge 0 ]; do
              echo "$i"
              i=$((i - 1))
            done
            """);

    private static Script? Sum(string description, long[] numbers)
    {
        if (numbers.Any(number => number is < -1_000_000_000 or > 1_000_000_000))
        {
            return null;
        }

        var range = numbers is [_] || (numbers is [_, _] && description.Contains(" to ", StringComparison.OrdinalIgnoreCase));
        if (!range)
        {
            return numbers is [] ? null : Make(
                "sum", $"Prints the sum of {numbers.Length} numbers.", $"echo $(({string.Join(" + ", numbers.Select(Operand))}))");
        }

        var (from, to) = numbers is [var a, var b] ? (a, b) : (1, numbers[0]);
        return to - from is < 0 or > 1_000_000 ? null : Make(
            "sum", $"Prints the sum of the numbers from {from} to {to}.",
            $$"""
            sum=0
            i={{from}}
            while [ "$i" -le {{to}} ]; do
              sum=$((sum + i))
              i=$((i + 1))
            done
            echo "$sum"
            """);
    }

    private static string Operand(long number) => number < 0 ? $"({number})" : $"{number}";

    private static Script? Sort(string description, long[] numbers)
    {
        var list = Sorted.Match(description) is { Success: true } match ? match.Groups[1].Value : "";
        var items = list
            .Replace(" and ", ",", StringComparison.OrdinalIgnoreCase)
            .Split([',', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(item => item.Trim('"', '\'', '`'))
            .Where(item => item.Length > 0)
            .ToArray();
        var numeric = items.All(item => long.TryParse(item, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
        return items.Length < 2 ? null : Make(
            "sort", $"Sorts {items.Length} {(numeric ? "numbers" : "words")}.",
            $"printf '%s\\n' {string.Join(' ', items.Select(Shell.Quote))} | sort{(numeric ? " -n" : "")}");
    }

    private static Script? Print(string description, long[] numbers)
    {
        var text = Quoted.Match(description) is { Success: true } match
            ? match.Value[1..^1]
            : description.Contains("hello", StringComparison.OrdinalIgnoreCase) ? "Hello, world!" : null;
        return text is null ? null : Make("print", "Prints a text.", $"printf '%s\\n' {Shell.Quote(text)}");
    }

    private static Script? Loop(string name, string what, long from, long to, string body) =>
        from < -1_000_000 || to > 1_000_000 || to - from is < 0 or > 10_000 ? null : Make(
            name, $"{what} from {from} to {to}.",
            $$"""
            i={{from}}
            while [ "$i" -le {{to}} ]; do
            {{body}}
              i=$((i + 1))
            done
            """);

    private static Script Make(string name, string comment, string body) =>
        new($"{name}.sh", $"#!/bin/sh\n# {comment}\n{body}\n");
}
