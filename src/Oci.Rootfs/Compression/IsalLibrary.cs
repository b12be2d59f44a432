using System.Runtime.InteropServices;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Compression;

/// <summary>
/// The few functions of ISA-L that inflating needs, and the layout of <c>struct inflate_state</c> from its igzip_lib.h, because the library
/// has no accessors for it. <see cref="IsUsable"/> tries whether an installed library has the same layout.
/// </summary>
/// <remarks>
/// ISA-L can read a member's header too, but only a header that lies in one buffer: between two calls it forgets the header's flags. So the
/// engine reads the header (<see cref="GzipHeader"/>), and the library gets what follows, including the checksum and the length at the end.
/// The library takes these eight bytes out of the bytes that it has read ahead, and it never reads more than eight ahead. So it keeps no
/// byte that comes after a member.
/// </remarks>
internal static partial class IsalLibrary
{
    private const string Library = "libisal.so.2";

    // The offsets of the fields where pointers have 64 bits; the state has 87,368 bytes.
    private const int NextOut = 0, AvailOut = 8, NextIn = 16, AvailIn = 32, BlockState = 21160, CrcFlag = 21172;
    private const int StateBytes = 128 << 10;

    private const int BlockFinish = 5; // ISAL_BLOCK_FINISH
    private const int WithoutHeader = 6; // ISAL_GZIP_NO_HDR_VER

    private static readonly Lazy<bool> Usable = new(static () => Environment.Is64BitProcess && BitConverter.IsLittleEndian && IsalSelfTest.Passes());

    /// <summary>Whether the library is installed and passes the self-test, which runs once.</summary>
    public static bool IsUsable => Usable.Value;

    /// <summary>Continues a checksum of gzip's kind; the first call continues 0.</summary>
    public static unsafe uint Crc(uint before, ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
            return Crc32(before, start, (ulong)data.Length);
    }

    private static string Describe(int error) => error switch
    {
        -1 => "an invalid block",
        -2 => "an invalid symbol",
        -3 => "a reference to before the start",
        -6 => "a wrong checksum or length",
        _ => "data that does not inflate",
    };

    [LibraryImport(Library, EntryPoint = "isal_inflate_init")]
    private static unsafe partial void Init(byte* state);

    [LibraryImport(Library, EntryPoint = "isal_inflate")]
    private static unsafe partial int Inflate(byte* state);

    [LibraryImport(Library, EntryPoint = "crc32_gzip_refl")]
    private static unsafe partial uint Crc32(uint before, byte* data, ulong length);

    /// <summary>A <c>struct inflate_state</c>, in memory that nothing moves.</summary>
    internal sealed unsafe class Inflater : SafeHandle
    {
        public Inflater()
            : base(0, ownsHandle: true) => SetHandle((nint)NativeMemory.AllocZeroed(StateBytes));

        public override bool IsInvalid => handle == 0;

        /// <summary>Prepares for the bytes that follow a member's header.</summary>
        public void StartMember()
        {
            bool held = false;
            try
            {
                DangerousAddRef(ref held);
                Init((byte*)handle);
                *(int*)(handle + CrcFlag) = WithoutHeader;
            }
            finally
            {
                if (held)
                    DangerousRelease();
            }
        }

        /// <summary>Inflates as much as fits, and keeps neither span.</summary>
        /// <returns>True at the end of the member; its checksum and length were right then.</returns>
        /// <exception cref="OciException">The data is damaged.</exception>
        public bool Inflate(ReadOnlySpan<byte> input, out int consumed, Span<byte> output, out int produced)
        {
            bool held = false;
            try
            {
                DangerousAddRef(ref held);
                byte* state = (byte*)handle;
                int result;
                fixed (byte* source = input)
                fixed (byte* destination = output)
                {
                    *(byte**)(state + NextIn) = source;
                    *(int*)(state + AvailIn) = input.Length;
                    *(byte**)(state + NextOut) = destination;
                    *(int*)(state + AvailOut) = output.Length;
                    result = IsalLibrary.Inflate(state);
                    consumed = input.Length - *(int*)(state + AvailIn);
                    produced = output.Length - *(int*)(state + AvailOut);
                }
                if (result < 0 || (uint)consumed > (uint)input.Length || (uint)produced > (uint)output.Length)
                    throw IntegrityErrors.DamagedLayer("gzip", Describe(result));
                return *(int*)(state + BlockState) == BlockFinish;
            }
            finally
            {
                if (held)
                    DangerousRelease();
            }
        }

        protected override bool ReleaseHandle()
        {
            NativeMemory.Free((void*)handle);
            return true;
        }
    }
}
