namespace Oci.Rootfs.Guards.Memory;

/// <summary>
/// An image that means to cost memory, and what may come of it. The bounds are generous. The whole list needs some 15 GiB of disk, for a few
/// minutes.
/// </summary>
/// <param name="Name">The fuzzer's name for this kind of image: see LargeImages.cs there.</param>
/// <param name="Description">What the image is, for the reader.</param>
/// <param name="Size">How large the fuzzer makes it; 0 stands for the size that it chooses itself.</param>
/// <param name="Bound">The peak in MiB, above that of a trivial image, stays below this.</param>
internal sealed record HostileImage(string Name, string Description, long Size, int Bound)
{
    /// <summary>The code with which the engine refuses the image; null where it extracts it.</summary>
    public string? Code { get; init; }

    /// <summary>Limits that differ from what they are by default, as <c>NAME=VALUE</c>.</summary>
    public IReadOnlyList<string> Limits { get; init; } = [];

    /// <summary>The number of cores that the engine believes to have; 0 for those of the machine.</summary>
    public int Cores { get; init; }

    /// <summary>Set for what takes long, or much of the disk.</summary>
    public bool IsSlow { get; init; }

    public static IReadOnlyList<HostileImage> All { get; } =
    [
        new("entries", "a layer of 100,000 entries", 100_000, 250),
        new("entries", "a layer of a million entries", 0, 1200) { IsSlow = true },
        new("names", "a directory with 50,000 names", 50_000, 200),
        new("names", "a directory with 500,000 names", 0, 800) { IsSlow = true },
        new("sparse", "a sparse file of 64 GiB", 0, 40),
        new("bomb", "a gzip bomb of 10 GiB, hidden by an upper layer", 0, 120) { IsSlow = true },
        new("bomb", "a gzip bomb of 1 GiB, hidden by an upper layer", 1, 120),
        new("bomb", "the same, MaxCompressionRatio and RatioFreeBytes lowered", 1, 120) { Limits = ["MaxCompressionRatio=10", "RatioFreeBytes=1000000"], Code = "OCI4222" },
        new("windows", "12 layers of zstd, each with a window of 64 MiB, read at once", 0, 350) { Cores = 12 },
        new("pax", "a PAX header that claims 8 GiB", 0, 40) { Code = "OCI4201" },
        new("path", "a path 10,000 deep", 0, 40) { Code = "OCI4213" },
        new("path", "a path 10,000 deep, MaxPathDepth raised", 0, 200) { Limits = ["MaxPathDepth=20000"] },
        new("json", "a JSON string of 1 GiB", 0, 40) { Code = "OCI4224", IsSlow = true },
        new("json", "a JSON string of 10 MiB that is not looked at", 10, 120),
        new("label", "a JSON string of 10 MiB in a label", 10, 250),
        new("json", "a JSON string of 1 GiB that is not looked at, MaxJsonBytes raised", 0, 2600) { Limits = ["MaxJsonBytes=2000000000"], IsSlow = true },
    ];

    public static IReadOnlyList<HostileImage> Quick { get; } = [.. All.Where(static image => !image.IsSlow)];
}
