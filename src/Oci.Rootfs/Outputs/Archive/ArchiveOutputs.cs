using System.Runtime.ExceptionServices;
using Oci.Rootfs.Context;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>
/// Writes the archives of one tree under their temporary names: one thread reads the tree once and makes the tar, and one more for each
/// archive compresses it and writes the file.
/// </summary>
internal sealed class ArchiveOutputs : IDisposable
{
    private readonly ArchiveStream _stream;
    private readonly ChunkQueue[] _queues;
    private readonly WorkerThread _reading;
    private readonly WorkerThread[] _writing;
    private readonly OutputFile?[] _files;
    private readonly EngineContext _context;
    private ExceptionDispatchInfo? _failure;
    private bool _taken;

    /// <param name="request">Which archives, and how.</param>
    /// <param name="archives">The archives to write, at least one.</param>
    /// <param name="tree">The merged tree. It does not change any more.</param>
    /// <param name="contents">The contents of its files, read by one thread.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    public ArchiveOutputs(RootfsRequest request, IReadOnlyList<RequestedOutput> archives, RootfsTree tree, ITreeContents contents, EngineContext context)
    {
        _context = context;
        _files = new OutputFile?[archives.Count];
        _queues = new ChunkQueue[archives.Count];
        for (int i = 0; i < _queues.Length; i++)
            _queues[i] = new ChunkQueue();
        _stream = new ArchiveStream(_queues, context.Limits.MaxRootfsArchiveBytes, context.Cancellation);
        _reading = new WorkerThread("OCI archive", () => Read(
            new ConsumerCheck(request, tree, contents, context), new TarWriter(tree, contents, request.Archive, request.SourceDateEpoch, _stream, context)));
        _writing = new WorkerThread[archives.Count];
        for (int i = 0; i < _writing.Length; i++)
        {
            int number = i;
            string path = archives[i].Path;
            _writing[i] = new WorkerThread("OCI archive file", () => Write(number, path, request.Archive, request.Cores));
        }
    }

    /// <summary>Waits until the contents of all files were read: until then they must stay readable.</summary>
    public void FinishReading()
    {
        try
        {
            _reading.Finish();
        }
        catch (OperationCanceledException) when (_failure is not null)
        {
            // The reading stopped because a file could not be written.
            _failure.Throw();
        }
    }

    /// <summary>Waits until all archives are complete under their temporary names. The caller owns them from now on.</summary>
    public IReadOnlyList<OutputFile> Finish()
    {
        // Where the reading failed, the writers only say that they did not get everything.
        FinishReading();
        foreach (WorkerThread thread in _writing)
            thread.Finish();
        _taken = true;
        return [.. _files.Select(static file => file!)];
    }

    /// <summary>Ends the threads. It discards archives that nobody took.</summary>
    public void Dispose()
    {
        _stream.Stop();
        _reading.Dispose();
        foreach (WorkerThread thread in _writing)
            thread.Dispose();
        _stream.Dispose();
        foreach (OutputFile? file in _files)
        {
            if (!_taken)
                file?.Discard();
        }
    }

    private void Read(ConsumerCheck check, TarWriter tar)
    {
        try
        {
            check.Run();
            tar.Write();
        }
        finally
        {
            _stream.End();
        }
    }

    private void Write(int number, string path, ArchiveOptions options, int cores)
    {
        ChunkQueue queue = _queues[number];
        try
        {
            _files[number] = OutputFile.Prepare(path, file => Compress(queue, file, ArchiveFormat.Of(path), options, cores));
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            _stream.Stop();
            throw;
        }
        finally
        {
            // After a failure these chunks must go back all the same, or the reading would wait for them.
            while (queue.Take() is { } chunk)
                _stream.Release(chunk);
        }
    }

    private void Compress(ChunkQueue queue, Stream file, ArchiveFormat format, ArchiveOptions options, int cores)
    {
        using Stream? compressing = format.Compress(file, options, cores);
        Stream tar = compressing ?? file;
        while (queue.Take() is { } chunk)
        {
            _context.ThrowIfCancelled();
            try
            {
                tar.Write(chunk.Data);
            }
            finally
            {
                _stream.Release(chunk);
            }
        }
        if (!_stream.IsComplete)
            throw new OperationCanceledException();
        compressing?.Dispose();
    }
}
