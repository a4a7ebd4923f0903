using System.Globalization;

namespace Colloquy.Grains.Agents.Offline;

/// <summary>Integer arithmetic with + - * / % and parentheses in 64 bits. Division drops the remainder.</summary>
internal static class Arithmetic
{
    private const int MaxDepth = 200;

    /// <returns>An answer in words: the value, or why there is none.</returns>
    public static string Answer(string expression)
    {
        var shown = expression.Length > 80 ? expression[..80] + "…" : expression;
        try
        {
            var parser = new Parser(expression);
            return string.Create(CultureInfo.InvariantCulture, $"{shown} = {parser.Parse()}.");
        }
        catch (DivideByZeroException)
        {
            return $"{shown} has no value: it divides by zero.";
        }
        catch (ArithmeticException)
        {
            return $"{shown} overflows: I calculate with whole numbers of 64 bits, up to {long.MaxValue}.";
        }
        catch (FormatException)
        {
            return $"I cannot read {shown} as arithmetic. I know whole numbers, + - * / % and parentheses.";
        }
    }

    private sealed class Parser(string text)
    {
        private int _at;
        private int _depth;

        public long Parse()
        {
            var value = Sum();
            return Peek() == '\0' && _at >= text.Length ? value : throw new FormatException();
        }

        private long Sum()
        {
            var value = Product();
            while (true)
            {
                switch (Peek())
                {
                    case '+':
                        _at++;
                        value = checked(value + Product());
                        break;
                    case '-':
                        _at++;
                        value = checked(value - Product());
                        break;
                    default:
                        return value;
                }
            }
        }

        private long Product()
        {
            var value = Factor();
            while (true)
            {
                switch (Peek())
                {
                    case '*':
                        _at++;
                        value = checked(value * Factor());
                        break;
                    case '/':
                        _at++;
                        value = checked(value / Factor());
                        break;
                    case '%':
                        _at++;
                        value = Remainder(value, Factor());
                        break;
                    default:
                        return value;
                }
            }
        }

        private long Factor()
        {
            // Recursion happens here only, so this guards the stack.
            if (++_depth > MaxDepth)
            {
                throw new FormatException();
            }

            var value = Peek() switch
            {
                '-' => Negative(),
                '+' => Skip(Factor),
                '(' => Skip(Parenthesis),
                _ => Number(negative: false),
            };
            _depth--;
            return value;
        }

        private long Negative()
        {
            _at++;
            // The smallest number has no positive counterpart, so the sign is read with the digits.
            return char.IsAsciiDigit(Peek()) ? Number(negative: true) : checked(-Factor());
        }

        private long Skip(Func<long> rest)
        {
            _at++;
            return rest();
        }

        private long Parenthesis()
        {
            var value = Sum();
            if (Peek() != ')')
            {
                throw new FormatException();
            }

            _at++;
            return value;
        }

        private long Number(bool negative)
        {
            var start = _at;
            long value = 0;
            while (_at < text.Length && char.IsAsciiDigit(text[_at]))
            {
                var digit = text[_at++] - '0';
                value = checked((value * 10) + (negative ? -digit : digit));
            }

            return _at > start ? value : throw new FormatException();
        }

        // Every remainder of -1 is 0; the processor would overflow on the smallest number.
        private static long Remainder(long value, long by) => by == -1 ? 0 : value % by;

        private char Peek()
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at]))
            {
                _at++;
            }

            return _at < text.Length ? text[_at] : '\0';
        }
    }
}
