using System.Text;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Errors;

/// <summary>
/// The one exception that the engine throws for bad input, an unmet request or a failing system: one coded error, with everything that a
/// user needs to act on it. Only the catalogue (the <c>*Errors</c> classes of this folder) makes it, one method a code.
/// </summary>
public sealed class OciException : Exception
{
    internal OciException(string code, string problem, Exception? inner = null, bool isDamage = false, bool isMissingBlob = false)
        : base(problem, inner)
    {
        Code = code;
        Problem = problem;
        IsDamage = isDamage;
        IsMissingBlob = isMissingBlob;
    }

    /// <summary><c>OCI</c> and four digits; <c>docs/errors/</c> has a page for each.</summary>
    public string Code { get; }

    /// <summary>The problem, as a clause without a full stop.</summary>
    public string Problem { get; }

    /// <summary>The image, as the user named it.</summary>
    public string? Image { get; init; }

    /// <summary>The layer, as in <c>3 of 13 (sha256:…)</c>.</summary>
    public string? Layer { get; init; }

    /// <summary>The tar entry, blob, JSON member or path at fault; escaped with <see cref="SafeText"/>.</summary>
    public string? Entry { get; init; }

    public string? Expected { get; init; }

    public string? Found { get; init; }

    /// <summary>One sentence that tells the user what to do.</summary>
    public string? Hint { get; init; }

    /// <summary>Whether the bytes break their format. An outer archive or layer then reports it in its own words.</summary>
    internal bool IsDamage { get; }

    /// <summary>Whether a blob is not in the image. Where only some blobs are there, a caller further out says which.</summary>
    internal bool IsMissingBlob { get; }

    public override string Message
    {
        get
        {
            StringBuilder text = new(Problem);
            AppendPlace(text);
            if (Expected is not null)
                text.Append(": expected ").Append(Expected);
            if (Found is not null)
                text.Append(Expected is null ? ": found " : ", found ").Append(Found);
            text.Append('.');
            if (Hint is not null)
                text.Append(' ').Append(Hint);
            return text.ToString();
        }
    }

    /// <summary>Copies the error and fills in the places that only a caller further out knows; places that are set stay.</summary>
    internal OciException At(string? image = null, string? layer = null, string? entry = null) => new(Code, Problem, InnerException, IsDamage, IsMissingBlob)
    {
        Image = Image ?? image,
        Layer = Layer ?? layer,
        Entry = Entry ?? entry,
        Expected = Expected,
        Found = Found,
        Hint = Hint,
    };

    /// <summary>Copies the error and adds a sentence at its end.</summary>
    internal OciException WithHint(string sentence) => new(Code, Problem, InnerException, IsDamage, IsMissingBlob)
    {
        Image = Image,
        Layer = Layer,
        Entry = Entry,
        Expected = Expected,
        Found = Found,
        Hint = Hint is null ? sentence : $"{Hint} {sentence}",
    };

    /// <summary>Copies the error for another entry than it names.</summary>
    internal OciException About(string entry) => new(Code, Problem, InnerException, IsDamage, IsMissingBlob)
    {
        Image = Image,
        Layer = Layer,
        Entry = entry,
        Expected = Expected,
        Found = Found,
        Hint = Hint,
    };

    private void AppendPlace(StringBuilder text)
    {
        string separator = " (";
        Append("entry", Entry, quote: true);
        Append("layer", Layer, quote: false);
        Append("image", Image, quote: true);
        if (separator != " (")
            text.Append(')');

        void Append(string what, string? value, bool quote)
        {
            if (value is null)
                return;
            text.Append(separator).Append(what).Append(' ');
            text.Append(quote ? "'" : "").Append(value).Append(quote ? "'" : "");
            separator = ", ";
        }
    }
}
