using System.Runtime.ExceptionServices;
using Oci.Rootfs.Context;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Documents;

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
    private readonly OutputContent _content;
    private readonly EngineContext _context;
    private ExceptionDispatchInfo? _failure;
    private bool _taken;

    /// <param name="content">The tree and the contents of its files, and how to write them. The tree does not change any more.</param>
    /// <param name="archives">The archives to write, at least one. All have the same tar in them: they are of one kind.</param>
    /// <param name="checksConsumers">Whether to warn of what keeps the archives' consumers from them.</param>
    public ArchiveOutputs(OutputContent content, IReadOnlyList<RequestedOutput> archives, bool checksConsumers)
    {
        _content = content;
        _context = content.Context;
        _files = new OutputFile?[archives.Count];
        _queues = new ChunkQueue[archives.Count];
        for (int i = 0; i < _queues.Length; i++)
            _queues[i] = new ChunkQueue();
        _stream = new ArchiveStream(_queues, _context.Limits.MaxRootfsArchiveBytes, _context.Cancellation);
        bool asLayer = archives[0].Kind == OutputKind.ImageArchive;
        _reading = new WorkerThread("OCI archive", () => Read(asLayer, checksConsumers));
        _writing = new WorkerThread[archives.Count];
        for (int i = 0; i < _writing.Length; i++)
        {
            int number = i;
            _writing[i] = new WorkerThread("OCI archive file", () => Write(number, archives[number]));
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

    private void Read(bool asLayer, bool checksConsumers)
    {
        (RootfsRequest request, ITreeContents contents) = (_content.Request, _content.Contents!);
        try
        {
            if (checksConsumers)
                new ConsumerCheck(request, _content.Tree, contents, _context).Run();
            new TarWriter(_content.Tree, contents, request.Archive, asLayer, request.SourceDateEpoch, _stream, _context).Write();
        }
        finally
        {
            _stream.End();
        }
    }

    private void Write(int number, RequestedOutput archive)
    {
        ChunkQueue queue = _queues[number];
        try
        {
            _files[number] = archive.Kind == OutputKind.ImageArchive
                ? new ImageArchiveFile(_content, archive.Path).Prepare(tar => CopyTar(queue, tar))
                : OutputFile.Prepare(archive.Path, file => Compress(queue, file, ArchiveFormat.Of(archive.Path)));
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

    private void Compress(ChunkQueue queue, Stream file, ArchiveFormat format)
    {
        using Stream? compressing = format.Compress(file, _content.Request.Archive, _content.Request.Cores);
        CopyTar(queue, compressing ?? file);
        compressing?.Dispose();
    }

    /// <exception cref="OperationCanceledException">The tar ended before its end.</exception>
    private void CopyTar(ChunkQueue queue, Stream output)
    {
        while (queue.Take() is { } chunk)
        {
            _context.ThrowIfCancelled();
            try
            {
                output.Write(chunk.Data);
            }
            finally
            {
                _stream.Release(chunk);
            }
        }
        if (!_stream.IsComplete)
            throw new OperationCanceledException();
    }
}
