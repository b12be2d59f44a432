namespace Oci.Rootfs.Errors;

/// <summary>The values of errno(3) that the engine tells apart; they are the same on every architecture that .NET runs on.</summary>
internal static class Errno
{
    public const int PermissionDenied = 1; // EPERM
    public const int NotFound = 2; // ENOENT
    public const int Interrupted = 4; // EINTR
    public const int InputOutput = 5; // EIO
    public const int NoDevice = 6; // ENXIO: also a socket that is opened
    public const int TooLong = 7; // E2BIG
    public const int WouldBlock = 11; // EAGAIN
    public const int AccessDenied = 13; // EACCES
    public const int Busy = 16; // EBUSY
    public const int Exists = 17; // EEXIST
    public const int CrossDevice = 18; // EXDEV
    public const int NotADirectory = 20; // ENOTDIR
    public const int IsADirectory = 21; // EISDIR
    public const int Invalid = 22; // EINVAL
    public const int TableFull = 23; // ENFILE
    public const int TooManyFiles = 24; // EMFILE
    public const int NoSpace = 28; // ENOSPC
    public const int ReadOnly = 30; // EROFS
    public const int TooManyLinks = 31; // EMLINK
    public const int OutOfRange = 34; // ERANGE
    public const int NameTooLong = 36; // ENAMETOOLONG
    public const int NoLocks = 37; // ENOLCK
    public const int NoSystemCall = 38; // ENOSYS
    public const int NotEmpty = 39; // ENOTEMPTY
    public const int Loop = 40; // ELOOP
    public const int NoData = 61; // ENODATA
    public const int NotSupported = 95; // EOPNOTSUPP
    public const int Quota = 122; // EDQUOT

    /// <summary>
    /// Tells whether the system refuses an operation to this process or on this file system. Any other error (a broken disk, a full one)
    /// says nothing about permission, so no decision may follow from it.
    /// </summary>
    public static bool MeansMayNot(int errno) => errno is PermissionDenied or AccessDenied or Invalid or NotSupported or NoSystemCall;
}
