namespace Colloquy.Web.Requests;

internal static class MediaTypes
{
    /// <summary>
    /// Bodies are JSON whatever they are labelled, because curl labels its bodies as a form: a wrong label is no
    /// reason to refuse what can be read.
    /// </summary>
    public const string Any = "*/*";
}
