using System.Globalization;
using System.Runtime.InteropServices;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>What a container or a service manager does to a process before it runs it. Each is the beginning of a command.</summary>
internal static class Sandbox
{
    /// <summary>seccomp(2): a call whose argument has one of these bits is refused (EPERM), as systemd's RestrictSUIDSGID does it.</summary>
    private const string Filter = """
        import ctypes, os, struct, sys
        rules = [tuple(int(n) for n in rule.split(',')) for rule in sys.argv[1].split(';')]
        def op(code, k, yes=0, no=0): return struct.pack('HBBI', code, yes, no, k & 0xffffffff)
        code = b''
        for call, argument, mask, value in rules:
            code += op(0x20, 0) + op(0x15, call, 0, 4) + op(0x20, 16 + 8 * argument) + op(0x54, mask) + op(0x15, value, 0, 1) + op(0x06, 0x00050001)
        code += op(0x06, 0x7fff0000)
        buffer = ctypes.create_string_buffer(code)
        program = struct.pack('HxxxxxxP', len(code) // 8, ctypes.addressof(buffer))
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0): sys.exit('no seccomp')
        os.execvp(sys.argv[2], sys.argv[2:])
        """;

    /// <summary>user_namespaces(7): a user namespace with these ids, whose root runs the rest of the command.</summary>
    private const string Namespace = """
        import ctypes, os, sys
        made, mapped = os.pipe(), os.pipe()
        child = os.fork()
        if child == 0:
            if ctypes.CDLL(None, use_errno=True).unshare(0x10000000): sys.exit('no user namespace')
            os.write(made[1], b'x'); os.read(mapped[0], 1)
            os.setresgid(0, 0, 0); os.setresuid(0, 0, 0)
            os.execvp(sys.argv[2], sys.argv[2:])
        os.read(made[0], 1)
        for kind in 'uid_map', 'gid_map':
            with open('/proc/%d/%s' % (child, kind), 'w') as file: file.write('0 0 ' + sys.argv[1])
        os.write(mapped[1], b'x')
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """;

    /// <summary>Root without one capability, named as setpriv(1) does.</summary>
    public static string[] Without(params string[] capabilities)
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to take a capability away");
        return ["setpriv", "--inh-caps=-all", "--bounding-set=" + string.Join(',', capabilities.Select(static c => "-" + c))];
    }

    public static string[] WithoutSetIds()
    {
        int[] bits = [0b010_000_000_000, 0b100_000_000_000];
        return Refusing([.. bits.SelectMany(static bit => (string[])[Rule(91, 52, 1, bit, bit), Rule(268, 53, 2, bit, bit), Rule(90, 52, 1, bit, bit)])]);
    }

    /// <summary>As a device cgroup: this device is refused and others are not.</summary>
    public static string[] WithoutDevice(int major, int minor) => Refusing(Rule(259, 33, 3, -1, (minor & 0xff) | (major << 8)));

    public static string[] UserNamespace(int ids) => Python(Namespace, ids.ToString(CultureInfo.InvariantCulture));

    private static string[] Refusing(params string[] rules) => Python(Filter, string.Join(';', rules));

    /// <param name="x64">The call's number there.</param>
    /// <param name="generic">And on newer architectures.</param>
    /// <param name="argument">Which, from 0.</param>
    /// <param name="mask">Of its bits.</param>
    /// <param name="value">With which it is refused.</param>
    private static string Rule(int x64, int generic, int argument, int mask, int value) => string.Create(CultureInfo.InvariantCulture,
        $"{(RuntimeInformation.ProcessArchitecture == Architecture.X64 ? x64 : generic)},{argument},{mask},{value}");

    private static string[] Python(string program, string argument)
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, which is to be limited");
        string[] command = ["python3", "-c", program, argument];
        Assert.SkipUnless(IsAllowed(command), "needs Python, and the right to filter system calls or to make a user namespace");
        return command;
    }

    private static bool IsAllowed(string[] command)
    {
        try
        {
            return Command.Run(command[0], [.. command[1..], "true"]).ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
