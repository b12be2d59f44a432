using System.Globalization;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Text;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>
/// What the Windows Subsystem for Linux wants of a distribution: what its own validator checks (distributions/validate-modern.py in
/// microsoft/WSL), as far as a file system alone can tell.
/// </summary>
internal sealed class WslCheck(RootfsRequest request, RootfsTree tree, TreeFiles files, EngineContext context)
{
    /// <summary>The security modules that these are for do not run there; the validator warns of them.</summary>
    private static readonly byte[][] Unwanted = ["security.selinux"u8.ToArray(), "security.ima"u8.ToArray(), "security.evm"u8.ToArray()];

    public void Run()
    {
        ConsumerCheck.CheckName(request, ArchiveConsumers.Wsl, [".wsl", ".tar.gz", ArchiveFormat.ShortGzip, ".tar"], "WSL promises to read gzip only: let its name end in .wsl.", context.Log);
        CheckMode("etc/wsl-distribution.conf"u8, [0x1a4, 0x1b4], "wsl --install --from-file then needs a --name.");
        CheckMode("etc/passwd"u8, [0x1a4, 0x1b4], "WSL runs as a user in it.");
        CheckUsers();
        CheckMode("bin/sh"u8, [0x1ed, 0x1fd], "WSL starts it.");
        if (files.Read("bin/sh"u8, most: 4) is { } shell && !shell.AsSpan().SequenceEqual("\x7fELF"u8))
            Warn("/bin/sh is no ELF program, and WSL can't start it.");
        CheckXattrs();
    }

    private void CheckMode(ReadOnlySpan<byte> path, ReadOnlySpan<uint> modes, string why)
    {
        if (files.FindFile(path) is not { } file)
            Warn($"The tree has no file /{SafeText.Show(path)}. {why}");
        else if (!modes.Contains(file.Mode & 0xfff) || file.Uid != 0 || file.Gid != 0)
            Warn($"/{SafeText.Show(path)} has the mode {Octal(file.Mode)} and the owner {file.Uid}:{file.Gid}, and WSL expects {Octal(modes[0])} and 0:0. {why}");
    }

    private void CheckUsers()
    {
        if (files.Read("etc/passwd"u8) is not { } users)
            return;
        UserLines lines = new(users);
        HashSet<uint> ids = [];
        uint? twice = null;
        while (lines.NextUser(out _))
        {
            if (lines.Id == 0 && !ids.Contains(0) && !lines.Name.SequenceEqual("root"u8))
                Warn($"The user 0 in /etc/passwd is '{SafeText.Show(lines.Name)}', and WSL expects root.");
            if (!ids.Add(lines.Id))
                twice ??= lines.Id;
        }
        if (!ids.Contains(0))
            Warn("/etc/passwd has no user 0, and WSL expects root.");
        if (twice is { } id)
            Warn($"/etc/passwd has the user {id.ToString(CultureInfo.InvariantCulture)} more than once, and WSL expects each once.");
    }

    private void CheckXattrs()
    {
        XattrFilter filter = new(request.Archive.Xattrs);
        IReadOnlyList<int> order = tree.InOrder();
        for (int i = 0; i < order.Count; i++)
        {
            context.ThrowIfCancelled();
            IReadOnlyList<Xattr> xattrs = filter.Of(tree[order[i]]!);
            for (int x = 0; x < xattrs.Count; x++)
            {
                if (!IsUnwanted(xattrs[x].Name))
                    continue;
                Warn($"'{SafeText.Show(tree.Paths.Bytes(order[i]))}' has the attribute {SafeText.Show(xattrs[x].Name)}, which WSL does not want. Set ArchiveXattrs to user.*;security.capability.");
                return;
            }
        }
    }

    private static bool IsUnwanted(ReadOnlySpan<byte> name)
    {
        foreach (byte[] unwanted in Unwanted)
        {
            if (name.SequenceEqual(unwanted))
                return true;
        }
        return false;
    }

    private static string Octal(uint mode) => Convert.ToString(mode & 0xfff, 8).PadLeft(4, '0');

    private void Warn(string what) => ArchiveErrors.WarnConsumer(context.Log, ArchiveConsumers.Wsl, what);
}
