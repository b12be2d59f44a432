using System.Text;

namespace Oci.Images.Registry;

/// <summary>What a server answers, right or wrong.</summary>
public sealed record TestResponse(int Status)
{
    public byte[] Body { get; init; } = [];

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The bytes of the body after which the connection is closed; null for the whole body.</summary>
    public int? CutAfter { get; init; }

    /// <summary>The bytes of the body after which nothing more comes until the other side gives up; null for the whole body.</summary>
    public int? StallAfter { get; init; }

    /// <summary>How the length is told: by a header, by chunks, or not at all.</summary>
    public BodyLength Length { get; init; } = BodyLength.Header;

    /// <summary>A wrong length in the header; null for the right one.</summary>
    public long? LyingLength { get; init; }

    /// <summary>The bytes in a second; null for as fast as it goes.</summary>
    public int? Rate { get; init; }

    public static TestResponse Json(int status, string json) => new(status) { Body = Encoding.UTF8.GetBytes(json), Headers = [("Content-Type", "application/json")] };

    public static TestResponse Redirect(string location, int status = 307) => new(status) { Headers = [("Location", location)] };

    public TestResponse With(string name, string value) => this with { Headers = [.. Headers, (name, value)] };
}
