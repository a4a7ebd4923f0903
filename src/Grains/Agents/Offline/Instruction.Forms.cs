using System.Buffers;
using System.Text.RegularExpressions;

namespace Colloquy.Grains.Agents.Offline;

/// <summary>The forms of its sentences. None of them backtracks, so no prompt can make one slow.</summary>
internal static partial class Instruction
{
    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase |
        RegexOptions.CultureInvariant | RegexOptions.Singleline;

    private static readonly SearchValues<char> Operators = SearchValues.Create("+-*/%^");

    private static readonly Regex Lead = new(
        @"^(?:[\s,;:*-]+|\d+[.)]\s+|(?:please|hello|hi|first|second|third|then|next|now|finally|lastly|and|also|after that|afterwards|(?:can|could|would|will) you)\b[\s,:]*)+",
        Linear);

    private static readonly Regex Calculate = new(@"^(?:what is|what's|whats|how much is|calculate|compute|evaluate)\s+(.+)$", Linear);
    private static readonly Regex Expression = new(@"^[\d\s()+*/%^.,-]*$", Linear);
    private static readonly Regex Remember = new(@"^remember\s+(?:that\s+)?(.+)$", Linear);
    private static readonly Regex ToldAll = new(@"^what (?:did|have) i (?:tell|told|ask|asked)(?: you)?(?: to remember)?(?: so far| before| earlier)?$", Linear);
    private static readonly Regex Told = new(@"^what (?:did|have) i (?:tell|told) you about\s+(.+)$", Linear);
    private static readonly Regex Question = new(@"^(?:what|which|who)(?:'s|s|\s+is|\s+are|\s+was|\s+were)\s+(.+)$", Linear);
    private static readonly Regex TellMe = new(@"^(?:tell me|repeat|recall|do you remember)\s+(?:again\s+)?(?:what\s+)?(.+?)(?:\s+(?:is|are|was|were))?$", Linear);
    private static readonly Regex WriteTo = new(@"^(?:write|save|put|store)\s+(.+)\s(?:to|into|in)\s+(?:(?:the|a)\s+)?(?:file\s+)?(?:named\s+|called\s+)?(\S+)$", Linear);
    private static readonly Regex WriteToQuotedFile = new(@"^(?:write|save|put|store)\s+(.+)\s(?:to|into|in)\s+(?:(?:the|a)\s+)?(?:file\s+)?(?:named\s+|called\s+)?(""[^""\n]+""|'[^'\n]+')$", Linear);
    private static readonly Regex CreateWith = new(@"^(?:write|create|make)\s+(?:the\s+|a\s+)?file\s+(?:named\s+|called\s+)?(\S+)\s+(?:with|containing)\s+(?:the\s+)?(?:contents?\s+|text\s+|lines?\s+)?(.+)$", Linear);
    private static readonly Regex What = new(@"^(?:the\s+)?(?:text|words?|lines?|contents?|following)\s*:?\s+(.+)$", Linear);
    private static readonly Regex WriteScript = new(@"^(?:write|create|make|generate)\s+(?:me\s+)?(?:an?\s+)?(?:(?:small|short|simple|little|tiny|shell|sh|bash|posix)\s+)*(?:script|program)\b(.*)$", Linear);
    private static readonly Regex ScriptFile = new(@"(?:\s(?:and\s+save\s+it\s+)?(?:to|into|in|as|called|named))?\s([\w./~-]*[A-Za-z_][\w~-]*\.[A-Za-z]\w*)(?:\s|$)", Linear);
    private static readonly Regex Show = new(@"^(?:read|show|display|cat)\s+(?:me\s+)?(?:the\s+)?(?:contents?\s+of\s+)?(?:the\s+)?(?:file\s+)?(\S+|""[^""\n]+""|'[^'\n]+')(?:\s+back|\s+again|\s+to me)*$", Linear);
    private static readonly Regex List = new(@"^(?:list|ls)\b(.*)$", Linear);
    private static readonly Regex ListWords = new(@"\b(?:the|all|files?|contents?|of|in|folder|directory|current|this|everything|here|my|workspace)\b", Linear);
    private static readonly Regex CountIn = new(@"^count\s+(?:the\s+)?(?:number\s+of\s+)?(lines|words|characters|chars|bytes)(?:\s+there)?(?:\s+are)?\s+(?:in|of)\s+(?:the\s+)?(?:file\s+)?(\S+|""[^""\n]+""|'[^'\n]+')$", Linear);
    private static readonly Regex HowMany = new(@"^how many\s+(lines|words|characters|chars|bytes)\s+(?:are\s+)?(?:there\s+)?(?:in|does)\s+(?:the\s+)?(?:file\s+)?(\S+)(?:\s+have|\s+has|\s+contain)?$", Linear);
    private static readonly Regex Run = new(@"^(?:run|execute)\s+(?:the\s+)?(?:command\s*:?\s+)?(.+)$", Linear);
    private static readonly Regex SaySlowly = new(@"^(?:say|speak)\s+(.+)\s+slowly$", Linear);
    private static readonly Regex FailWith = new(@"^fail(?:\s+with)?(?:\s+the)?(?:\s+(?:exit\s+)?(?:code|status))?(?:\s+(-?\d+))?(?:,?\s+(?:and\s+)?(?:saying|say|with\s+the\s+message|with\s+message)\s*:?\s+(.+))?$", Linear);
    private static readonly Regex SleepFor = new(@"^(?:sleep|wait)(?:\s+for)?\s+(\d{1,9})(\.\d{1,3})?\s*(s|sec|secs|seconds?|ms|milliseconds?|m|min|minutes?)?$", Linear);
    private static readonly Regex EmitSome = new(@"^(?:emit|send|produce)\s+([\d,]+)\s+(?:events?|messages?)$", Linear);
}
