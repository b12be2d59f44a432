using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Hostile;

/// <summary>
/// A destination among things that no image may touch, and the three checks of a hostile input: the coded error or the harmless result;
/// nothing outside the destination changed; the destination is absent or as before, and nothing else is left.
/// </summary>
public sealed class Attack : IDisposable
{
    public Attack()
    {
        foreach (string directory in (string[])["canary/dir/sub", "canary/empty", "out/rootfs-evil", "out/rootfs.d"])
            Directory.CreateDirectory(S[directory]);
        System.IO.File.WriteAllText(S["canary/file"], "canary");
        System.IO.File.WriteAllText(S["canary/dir/inside"], "canary");
        System.IO.File.WriteAllText(S["out/rootfs-evil/keep"], "canary");
        System.IO.File.SetUnixFileMode(S["canary/file"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        System.IO.File.SetUnixFileMode(S["canary/empty"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        System.IO.File.CreateSymbolicLink(S["canary/link"], "file");
        Command.Run("mkfifo", S["canary/fifo"]);
        Command.Run("chmod", "777", S["out"]);
    }

    /// <summary>Where the destination and the canaries are.</summary>
    public Scenario S { get; } = new();

    /// <summary>The canary directory, absolute: what a link of the image may name.</summary>
    public string Canary => S["canary"];

    /// <summary>The image changes nothing outside, leaves nothing behind, and becomes this tree's lines.</summary>
    public IReadOnlyList<string> IsHarmless(params ImageLayer[] layers)
    {
        S.With(layers);
        return IsHarmlessAsSaved();
    }

    /// <summary>Likewise, the image being saved already.</summary>
    public IReadOnlyList<string> IsHarmlessAsSaved(Func<RootfsRequest, RootfsRequest>? change = null)
    {
        IReadOnlyList<string> before = Outside();
        S.Extract(change);
        Assert.Equal(before, Outside());
        Assert.DoesNotContain(DiskTree.Snapshot(S["out"]), static l => l.StartsWith('.') && !l.StartsWith(".rootfs.oci f", StringComparison.Ordinal) && !l.StartsWith(".rootfs.oci-state f", StringComparison.Ordinal));
        IReadOnlyList<string> tree = DiskTree.Of(S.Rootfs);

        // Replacing and cleaning go through the hostile tree once more.
        Image image = Image.Of(Of(File("other"))).For(null);
        Move(S.Image, S["image.tar.kept"]);
        S.With(image).Extract();
        RootfsExtractor.Clean(S.Rootfs, cancellation: TestContext.Current.CancellationToken);
        Move(S["image.tar.kept"], S.Image);
        S.Extract(change);
        Assert.Equal(before, Outside());
        Assert.Equal(tree, DiskTree.Of(S.Rootfs));
        Clear();
        return tree;
    }

    /// <summary>The image is refused with this code, where there was nothing before and where there was a tree of ours.</summary>
    public OciException IsRefused(string code, params ImageLayer[] layers) => IsRefused(code, path => Image.Of(layers).For(null).SaveArchive(path));

    public OciException IsRefused(string code, Action<string> write, Func<RootfsRequest, RootfsRequest>? change = null)
    {
        Command.Run("rm", "-rf", S.Image);
        write(S.Image);
        IReadOnlyList<string> before = Outside();
        OciException error = S.Fails(change);
        Assert.True(code == error.Code, $"{error.Code}: {error.Message}");
        Assert.Equal(before, Outside());
        Assert.DoesNotContain(DiskTree.Snapshot(S["out"]), IsOurs);

        Move(S.Image, S["image.tar.kept"]);
        S.With(Of(Dir("d"), File("d/f", "good"))).Extract();
        IReadOnlyList<string> good = [.. DiskTree.Snapshot(S["out"]).Where(IsOurs)];
        Move(S["image.tar.kept"], S.Image);
        Assert.Equal(code, S.Fails(change).Code);
        Assert.Equal(good, DiskTree.Snapshot(S["out"]).Where(IsOurs));
        Assert.Equal(before, Outside());
        Clear();
        return error;
    }

    /// <summary>Everything beside the destination and its files, and two files of the host that attackers like: inodes, modes, owners, links and times.</summary>
    public IReadOnlyList<string> Outside() =>
    [
        .. DiskTree.Snapshot(S.Place).Where(static l => !IsBelowOut(l) || !IsOurs(l["out/".Length..])).Where(static l => !l.StartsWith("out d", StringComparison.Ordinal) && !l.StartsWith("image.tar", StringComparison.Ordinal)),
        .. Command.Run("stat", "-c", "%n %i %h %a %u:%g %s %y %z", "/etc/passwd", "/dev/null").Output.Split('\n'),
    ];

    public void Dispose()
    {
        Command.Run("chmod", "755", S["canary/empty"]);
        S.Dispose();
    }

    /// <summary>Everything as at first, for another attack of the same test.</summary>
    private void Clear()
    {
        RootfsExtractor.Clean(S.Rootfs, cancellation: TestContext.Current.CancellationToken);
        foreach (string file in (string[])[S.Json, S.Props, S.Record])
            System.IO.File.Delete(file);
    }

    private static void Move(string from, string to)
    {
        Command.Run("rm", "-rf", to);
        Assert.Equal(0, Command.Run("mv", "-T", from, to).ExitCode);
    }

    private static bool IsBelowOut(string line) => line.StartsWith("out/", StringComparison.Ordinal);

    /// <summary>Lines below <c>out</c> that an extraction may make: the tree, its mark and the three files.</summary>
    private static bool IsOurs(string line) =>
        line.StartsWith("rootfs ", StringComparison.Ordinal) || line.StartsWith("rootfs/", StringComparison.Ordinal) || line.StartsWith(".rootfs.oci", StringComparison.Ordinal)
        || line.StartsWith("config.", StringComparison.Ordinal) || line.StartsWith("rootfs.mtree", StringComparison.Ordinal);
}
