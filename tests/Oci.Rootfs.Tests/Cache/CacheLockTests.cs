using Oci.Rootfs.Cache;
using Oci.Rootfs.Context;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Cache;

public sealed class CacheLockTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly SemaphoreSlim _waits = new(0);

    public void Dispose()
    {
        _temp.Dispose();
        _waits.Dispose();
    }

    private string Cache => _temp["cache"];

    private CacheFiles Files => new(Cache);

    private CacheLock Acquire(CancellationToken cancellation) => CacheLock.Acquire(Files, new EngineContext(new RootfsLimits(), new RootfsLog(_ => _waits.Release()), cancellation));

    /// <summary>Somebody says so who tries to get the lock, and is cancelled then.</summary>
    private void ShouldBeHeld()
    {
        using CancellationTokenSource cancellation = new();
        Assert.Throws<OperationCanceledException>(() => CacheLock.Acquire(Files, new EngineContext(new RootfsLimits(), new RootfsLog(_ => cancellation.Cancel()), cancellation.Token)));
    }

    [Fact]
    public async Task Clean_waits_for_the_build_that_writes_into_the_cache()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<bool> clean;
        using (Acquire(cancellation))
        {
            File.WriteAllText(Files.NewFile, "half an archive");
            clean = Task.Run(() => RootfsExtractor.CleanCache(Cache, m =>
            {
                Assert.StartsWith("Waiting for another build", m.Text, StringComparison.Ordinal);
                _waits.Release();
            }, cancellation), cancellation);
            await _waits.WaitAsync(cancellation);
            Assert.True(File.Exists(Files.NewFile));
            ShouldBeHeld();
        }

        Assert.True(await clean);
        Assert.False(Path.Exists(Cache));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_waited_for_a_lock_that_Clean_removed_holds_one_that_others_wait_for(bool directoryToo)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<CacheLock> waiting;
        using (Acquire(cancellation))
        {
            waiting = Task.Run(() => Acquire(cancellation), cancellation);
            await _waits.WaitAsync(cancellation);
            File.Delete(Files.LockFile);
            if (directoryToo)
                Directory.Delete(Cache);
        }

        using (await waiting)
            ShouldBeHeld();
    }

    [Fact]
    public void What_the_cache_lists_and_what_it_names_are_called_alike_however_the_directory_is_written()
    {
        CacheFiles files = new(_temp["x/..//cache/"]);
        Directory.CreateDirectory(Cache);
        string copy = files.UnpackedFile(new string('a', 64));
        string record = files.RecordFile("/image.tar.gz");
        File.WriteAllText(copy, "");
        File.WriteAllText(record, "");

        Assert.Equal(copy, Assert.Single(files.UnpackedFiles()));
        Assert.Equal(record, Assert.Single(files.RecordFiles()));
    }

    [Fact]
    public void Clean_touches_nothing_in_a_directory_that_has_nothing_of_ours()
    {
        Directory.CreateDirectory(Cache);
        File.WriteAllText(Path.Combine(Cache, "mine"), "");
        DateTime before = Directory.GetLastWriteTimeUtc(Cache);

        Assert.True(RootfsExtractor.CleanCache(Cache, cancellation: TestContext.Current.CancellationToken));

        Assert.Equal(before, Directory.GetLastWriteTimeUtc(Cache));
    }
}
