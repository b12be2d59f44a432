using System.Diagnostics;
using Oci.Images;
using Oci.Images.Registry;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Registry;

namespace Oci.Rootfs.Tests.Registry;

/// <summary>What a network, a proxy or a registry may do wrong: the build goes on where that makes sense, and otherwise says what happened.</summary>
public sealed class RequestFaultTests : IDisposable
{
    /// <summary>An image whose only layer does not become smaller by compression, so that it is fetched in many pieces.</summary>
    private static readonly Image Large = Image.Of(ImageLayer.Plain(Tars.Of(Tars.File("large", Noise(3 << 20))))).For("linux/amd64");

    private readonly RegistryScenario _scenario = new();
    private int _count;

    public void Dispose() => _scenario.Dispose();

    [Theory]
    [InlineData(BodyLength.Header)]
    [InlineData(BodyLength.Chunked)]
    [InlineData(BodyLength.UntilClosed)]
    public void A_blob_whose_connection_breaks_is_continued_where_it_broke(BodyLength length)
    {
        string digest = _scenario.Add(Large);
        _scenario.Server.Before = r => r.IsBlob && _scenario.Server.Serve(r) is { Body.Length: > 1 << 20 } answer ? answer with { Length = length, CutAfter = 700_000 } : null;

        _scenario.Extract(digest);

        Assert.Equal(3 << 20, new FileInfo(_scenario["project/bin/rootfs/app/large"]).Length);
        string[] ranges = [.. _scenario.Server.Requests.Where(static r => r.IsBlob).Select(static r => r.Headers.GetValueOrDefault("range", "")).Where(static r => r.Length > 0)];
        // Each request goes on behind what came before it, and nothing is fetched twice but what the broken connection still had.
        Assert.Equal(ranges.OrderBy(static r => long.Parse(r["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture)), ranges);
        Assert.InRange(ranges.Length, 2, 8);
    }

    [Fact]
    public void A_connection_that_always_breaks_at_once_is_an_error_and_the_next_build_goes_on()
    {
        string digest = _scenario.Add(Large);
        _scenario.Server.Before = r => r.IsBlob && _scenario.Server.Serve(r) is { Body.Length: > 1 << 20 } answer ? answer with { CutAfter = r.Headers.ContainsKey("range") ? 0 : 1_000_000 } : null;
        OciException e = _scenario.Fails("OCI8015", digest);
        Assert.Contains("in 5 tries", e.Message, StringComparison.Ordinal);
        string layer = LayerOf(digest);
        long there = new FileInfo(_scenario.Partial(layer)).Length;
        Assert.InRange(there, 900_000, 1_000_000);
        _scenario.Server.Before = static _ => null;

        _scenario.Extract(digest);

        Assert.Equal($"bytes={there}-", _scenario.Server.Requests[^1].Headers["range"]);
        Assert.DoesNotContain(_scenario.StoredFiles(), static f => f.StartsWith("partial", StringComparison.Ordinal));
    }

    [Fact]
    public void A_blob_that_stops_coming_is_asked_for_anew()
    {
        string digest = _scenario.Add(Large);
        _scenario.Server.Before = r => r.IsBlob && !r.Headers.ContainsKey("range") && _scenario.Server.Serve(r) is { Body.Length: > 1 << 20 } answer ? answer with { StallAfter = 500_000 } : null;

        _scenario.Extract(digest, change: o => o with { Times = o.Times with { Stall = TimeSpan.FromMilliseconds(300) } });

        Assert.Equal(3 << 20, new FileInfo(_scenario["project/bin/rootfs/app/large"]).Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_byte_now_and_then_is_no_progress(bool isManifest)
    {
        string digest = _scenario.Add(Large);
        _scenario.Server.Before = r => r.IsManifest == isManifest && _scenario.Server.Serve(r) is var answer && (isManifest || answer.Body.Length > 1 << 20) ? answer with { Rate = isManifest ? 100 : 20_000, Body = [.. answer.Body, .. isManifest ? new byte[20_000] : []] } : null;

        _scenario.Fails(isManifest ? "OCI8005" : "OCI8015", digest, static o => o with { Times = o.Times with { Document = TimeSpan.FromMilliseconds(100), Megabyte = TimeSpan.FromMilliseconds(100) } });
    }

    [Fact]
    public void Layers_that_are_larger_than_what_they_may_inflate_to_are_not_fetched()
    {
        string digest = _scenario.Add(Large);

        OciException e = Assert.Throws<OciException>(() => RegistryScenario.Extract(_scenario.Request(_scenario.Reference(digest)) with { Limits = new RootfsLimits { MaxUncompressedBytes = 1 << 20 } }));

        Assert.Equal("OCI4221", e.Code);
        Assert.Single(_scenario.Server.Requests, static r => r.IsBlob);
    }

    [Fact]
    public void A_cancelled_build_does_not_wait_for_a_server()
    {
        string digest = _scenario.Add(Large);
        using CancellationTokenSource cancellation = new();
        _scenario.Server.Before = r =>
        {
            if (!r.IsBlob || _scenario.Server.Serve(r) is not { Body.Length: > 1 << 20 } answer)
                return null;
            cancellation.CancelAfter(200);
            return answer with { StallAfter = 500_000 };
        };
        RootfsRequest request = _scenario.Request(_scenario.Reference(digest), static o => o with { Times = new RegistryTimes() });
        long started = Stopwatch.GetTimestamp();

        Assert.Throws<OperationCanceledException>(() => RootfsExtractor.Extract(request, cancellation.Token));

        // The times of a real build are 30 seconds. A busy machine needs some seconds for anything.
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 20);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_build_that_fails_does_not_wait_for_what_others_still_fetch(int concurrency)
    {
        // The layer on top is wrong; the one below does not come.
        Image bad = Image.Of(Large.Layers[0], ImageLayer.Plain(Tars.Of(Tars.File("../evil")))).For("linux/amd64");
        string digest = _scenario.Add(bad);
        _scenario.Server.Before = r => r.IsBlob && _scenario.Server.Serve(r) is { Body.Length: > 1 << 20 } answer ? answer with { StallAfter = 0 } : null;
        long started = Stopwatch.GetTimestamp();

        _scenario.Fails("OCI4101", digest, o => o with { Times = new RegistryTimes(), Concurrency = concurrency });

        // The times of a real build are 30 seconds, five times.
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 20);
    }

    [Theory]
    [InlineData(206)]
    [InlineData(200)]
    public void A_server_that_does_not_know_ranges_begins_anew(int status)
    {
        string digest = _scenario.Add(Large);
        _scenario.Server.Before = r =>
        {
            if (!r.IsBlob)
                return null;
            TestResponse whole = _scenario.Server.Serve(r with { Headers = new Dictionary<string, string>() });
            return whole.Body.Length < 1 << 20 ? null
                : !r.Headers.ContainsKey("range") ? whole with { CutAfter = 1_000_000 }
                : status == 200 ? whole : whole with { Status = 206, Headers = [("Content-Range", $"bytes 0-{whole.Body.Length - 1}/{whole.Body.Length}")] };
        };
        if (status == 200)
            Assert.True(_scenario.Extract(digest).Extracted);
        else
            Assert.Contains("another part of the blob", _scenario.Fails("OCI8014", digest).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_does_not_know_ranges_and_breaks_off_while_it_repeats_is_asked_again()
    {
        string digest = _scenario.Add(Large);
        Directory.CreateDirectory(Path.Combine(_scenario.Store, "partial"));
        File.WriteAllBytes(_scenario.Partial(LayerOf(digest)), Large.Layers[0].Blob[..2_000_000]);
        _scenario.Server.Before = r =>
        {
            TestResponse whole = _scenario.Server.Serve(r with { Headers = new Dictionary<string, string>() });
            return whole.Body.Length < 1 << 20 ? null : Interlocked.Increment(ref _count) < 3 ? whole with { CutAfter = 1_000_000 } : whole;
        };

        Assert.True(_scenario.Extract(digest).Extracted);
    }

    [Fact]
    public void What_a_killed_build_left_is_not_fetched_again()
    {
        string digest = _scenario.Add(Large);
        string layer = LayerOf(digest);
        byte[] blob = Large.Layers[0].Blob;
        Directory.CreateDirectory(Path.Combine(_scenario.Store, "partial"));
        File.WriteAllBytes(_scenario.Partial(layer), blob[..^100]);

        _scenario.Extract(digest);

        Assert.Contains(_scenario.Server.Requests, r => r.Headers.GetValueOrDefault("range") == $"bytes={blob.Length - 100}-");
        Assert.Equal(blob, File.ReadAllBytes(_scenario.Blob(layer)));
    }

    [Fact]
    public void A_whole_blob_that_a_killed_build_left_is_only_hashed()
    {
        string digest = _scenario.Add(Large);
        string layer = LayerOf(digest);
        Directory.CreateDirectory(Path.Combine(_scenario.Store, "partial"));
        File.WriteAllBytes(_scenario.Partial(layer), Large.Layers[0].Blob);

        _scenario.Extract(digest);

        Assert.DoesNotContain(_scenario.Server.Requests, r => r.Target.EndsWith(layer, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(4 << 20)]
    public void What_a_killed_build_left_wrong_is_fetched_anew_by_itself(int length)
    {
        string digest = _scenario.Add(Large);
        string layer = LayerOf(digest);
        Directory.CreateDirectory(Path.Combine(_scenario.Store, "partial"));
        File.WriteAllBytes(_scenario.Partial(layer), Noise(length));

        Assert.True(_scenario.Extract(digest).Extracted);

        Assert.Equal(Large.Layers[0].Blob, File.ReadAllBytes(_scenario.Blob(layer)));
    }

    [Fact]
    public void A_blob_that_two_connections_gave_wrong_is_fetched_once_more()
    {
        string digest = _scenario.Add(Large);
        _scenario.Server.Before = r => r.IsBlob && _scenario.Server.Serve(r) is { Body.Length: > 1 << 20 } answer ? Interlocked.Increment(ref _count) switch
        {
            1 => answer with { CutAfter = 1_000_000 },
            2 => answer with { Body = Noise(answer.Body.Length) },
            _ => null,
        } : null;

        Assert.True(_scenario.Extract(digest).Extracted);

        Assert.Equal(3 << 20, new FileInfo(_scenario["project/bin/rootfs/app/large"]).Length);
    }

    [Theory]
    [InlineData("manifest")]
    [InlineData("config")]
    [InlineData("layer")]
    public void Content_that_was_tampered_with_is_an_error_and_stays_nowhere(string what)
    {
        string digest = _scenario.Add(Large);
        _scenario.Server.Before = r =>
        {
            TestResponse answer = _scenario.Server.Serve(r);
            bool isMeant = what switch { "manifest" => r.IsManifest, "config" => r.IsBlob && answer.Body.Length < 10_000, _ => answer.Body.Length > 1 << 20 };
            if (!isMeant)
                return null;
            byte[] body = [.. answer.Body];
            body[^(body.Length / 2)] ^= 1;
            return answer with { Body = body };
        };

        OciException e = _scenario.Fails("OCI3002", digest);

        if (what == "manifest")
            Assert.Contains(_scenario.Server.Host, e.Message, StringComparison.Ordinal);
        Assert.All(_scenario.StoredFiles(), file => Assert.True(file.StartsWith("blobs/", StringComparison.Ordinal) && IsRight(file), file));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_blob_of_another_size_is_an_error(int more)
    {
        string digest = _scenario.Add(Large);
        _scenario.Server.Before = r => r.IsBlob && _scenario.Server.Serve(r) is { Body.Length: > 1 << 20 } answer ? answer with { Body = [.. answer.Body[..^1], .. more > 0 ? (byte[])[0, 0] : []] } : null;

        Assert.Contains(_scenario.Server.Host, _scenario.Fails("OCI3001", digest).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_body_without_an_end_fills_no_disk()
    {
        string digest = _scenario.Add(Large);
        _scenario.Server.Before = r => r.IsBlob && _scenario.Server.Serve(r) is { Body.Length: > 1 << 20 } answer ? answer with { Body = [.. answer.Body, .. Noise(8 << 20)], Length = BodyLength.Chunked } : null;

        _scenario.Fails("OCI3001", digest);

        Assert.All(_scenario.StoredFiles(), file => Assert.InRange(new FileInfo(Path.Combine(_scenario.Store, file)).Length, 0, Large.Layers[0].Blob.Length));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(408)]
    [InlineData(429)]
    public void A_server_that_fails_for_a_moment_is_asked_again(int status)
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = _ => Interlocked.Increment(ref _count) % 3 != 0 ? new TestResponse(status) : null;

        Assert.True(_scenario.Extract(digest).Extracted);
    }

    [Fact]
    public void A_server_that_always_fails_is_an_error_after_five_tries()
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = static _ => TestRegistry.Error(503, "UNAVAILABLE", "sorry");

        OciException e = _scenario.Fails("OCI8012", digest);

        Assert.Contains("status 503 in 5 tries (UNAVAILABLE: sorry)", e.Message, StringComparison.Ordinal);
        Assert.Equal(5, _scenario.Server.Requests.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(418)]
    public void A_refusal_is_not_tried_again(int status)
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = _ => new TestResponse(status);

        _scenario.Fails(status switch { 403 => "OCI8009", 404 => "OCI8008", _ => "OCI8014" }, digest);

        Assert.Single(_scenario.Server.Requests);
    }

    [Fact]
    public void The_time_that_a_registry_asks_for_is_given()
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = _ => Interlocked.Increment(ref _count) == 1 ? new TestResponse(429).With("Retry-After", "1") : null;
        long started = Stopwatch.GetTimestamp();

        Assert.True(_scenario.Extract(digest).Extracted);

        Assert.True(Stopwatch.GetElapsedTime(started).TotalSeconds >= 0.9);
    }

    [Theory]
    [InlineData("9999")]
    [InlineData("Wed, 01 Jan 2200 00:00:00 GMT")]
    public void A_time_that_is_too_long_is_an_error_at_once(string time)
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = _ => TestRegistry.Error(429, "TOOMANYREQUESTS", "You have reached your pull rate limit").With("Retry-After", time).With("ratelimit-remaining", "0;w=21600");

        OciException e = _scenario.Fails("OCI8011", digest);

        Assert.Single(_scenario.Server.Requests);
        Assert.Contains("You have reached your pull rate limit", e.Message, StringComparison.Ordinal);
        Assert.Contains("'0;w=21600'", e.Message, StringComparison.Ordinal);
        Assert.Contains("mirror", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html>Please log in</html>", "text/html")]
    [InlineData("{}", "application/json")]
    [InlineData("", "text/plain")]
    public void A_page_in_place_of_a_manifest_is_no_answer_of_a_registry(string page, string type)
    {
        _scenario.Add();
        _scenario.Server.Before = _ => new TestResponse(200) { Body = System.Text.Encoding.UTF8.GetBytes(page), Headers = [("Content-Type", type)] };

        Assert.Contains(type, _scenario.Fails("OCI8014").Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_scenario.LockFile));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Content_that_is_compressed_on_the_way_is_refused(bool isManifest)
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = r => r.IsManifest == isManifest ? _scenario.Server.Serve(r).With("Content-Encoding", "gzip") : null;

        _scenario.Fails("OCI8014", digest);
    }

    [Fact]
    public void A_manifest_that_is_too_large_is_an_error_after_the_limit()
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = r => r.IsManifest ? new TestResponse(200) { Body = new byte[64 << 20], Length = BodyLength.Chunked } : null;

        Assert.Equal("OCI4224", Assert.Throws<OciException>(() => RegistryScenario.Extract(_scenario.Request(_scenario.Reference(digest)) with { Limits = new RootfsLimits { MaxJsonBytes = 1 << 20 } })).Code);
    }

    [Fact]
    public void Endless_headers_are_an_error()
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = _ => new TestResponse(200) { Headers = [.. Enumerable.Range(0, 1000).Select(static i => ($"X-{i}", new string('x', 1000)))] };

        Assert.Contains("headers", _scenario.Fails("OCI8014", digest).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_of_a_registry_in_an_error_is_short_and_has_no_commands()
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = _ => TestRegistry.Error(404, "X", $"\u001b[2J\n##vso[task.setvariable]x{new string('y', 5000)}");

        string message = _scenario.Fails("OCI8008", digest).Message;

        Assert.DoesNotContain("\u001b", message, StringComparison.Ordinal);
        Assert.DoesNotContain("##vso", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.InRange(message.Length, 100, 1000);
    }

    [Fact]
    public void A_registrys_warning_is_one_of_the_build()
    {
        string digest = _scenario.Add();
        _scenario.Server.Before = r => _scenario.Server.Serve(r).With("Warning", "299 - \"This repository goes away\"");

        _scenario.Extract(digest);

        Assert.Equal("OCI8103", Assert.Single(_scenario.Messages, static m => m.Kind == RootfsMessageKind.Warning).Code);
    }

    [Fact]
    public void A_server_that_is_not_there_is_an_error_in_our_own_words()
    {
        string digest = _scenario.Add();
        _scenario.Server.Dispose();

        OciException e = _scenario.Fails("OCI8005", digest);

        Assert.Contains("ConnectionRefused", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_does_not_exist_is_not_tried_again()
    {
        OciException e = Assert.Throws<OciException>(() => RegistryScenario.Extract(_scenario.Request("docker://does-not-exist.invalid/app:1")));

        Assert.Equal("OCI8005", e.Code);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("5", 5.0)]
    [InlineData("0", 0.0)]
    [InlineData("Thu, 01 Jan 2026 00:00:30 GMT", 30.0)]
    [InlineData("Wed, 01 Jan 2020 00:00:00 GMT", 0.0)]
    public void Retry_After_is_seconds_or_a_date(string? text, double? seconds)
    {
        using HttpResponseMessage response = new();
        if (text is not null)
            response.Headers.TryAddWithoutValidation("Retry-After", text);

        Assert.Equal(seconds, Retry.AskedBy(response.Headers.RetryAfter, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))?.TotalSeconds);
    }

    private static byte[] Noise(int bytes)
    {
        byte[] noise = new byte[bytes];
        new Random(bytes).NextBytes(noise);
        return noise;
    }

    private static string LayerOf(string digest)
    {
        Assert.Equal(Large.Digest, digest);
        return $"sha256:{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Large.Layers[0].Blob))}";
    }

    private bool IsRight(string file) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(_scenario.Store, file)))) == Path.GetFileName(file);
}
