namespace Oci.Rootfs.Sources;

/// <summary>Text in place of an archive or a blob, because the tool that should have fetched the data did not.</summary>
internal sealed record TextMistakenForData(string What, string Hint)
{
    private const string DownloadHint = "The download answered with a page, perhaps to log in or to say that the file is gone: look into it, and fetch the image again.";

    private static readonly TextMistakenForData LfsPointer = new(
        "a Git LFS pointer, which stands for a file that was not fetched", "Run 'git lfs pull' in the repository that the file is from; on a build server, check out with LFS.");

    /// <param name="head">The first bytes.</param>
    /// <returns>Null for any other data.</returns>
    public static TextMistakenForData? Of(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("version https://git-lfs.github.com/spec/"u8))
            return LfsPointer;
        ReadOnlySpan<byte> text = head.StartsWith("\ufeff"u8) ? head[3..] : head;
        text = text.TrimStart(" \t\r\n"u8);
        if (Begins(text, "<!doctype html"u8) || Begins(text, "<html"u8) || Begins(text, "<head"u8))
            return new TextMistakenForData("a web page (HTML)", DownloadHint);
        return Begins(text, "<?xml"u8) ? new TextMistakenForData("an XML document", DownloadHint) : null;
    }

    private static bool Begins(ReadOnlySpan<byte> text, ReadOnlySpan<byte> with) =>
        text.Length >= with.Length && System.Text.Ascii.EqualsIgnoreCase(text[..with.Length], with);
}
