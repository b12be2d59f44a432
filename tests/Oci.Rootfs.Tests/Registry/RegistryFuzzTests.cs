using System.Text;
using Oci.Rootfs.Registry;

namespace Oci.Rootfs.Tests.Registry;

/// <summary>What a registry or a file of credentials may hold is read without an exception, whatever it is.</summary>
public sealed class RegistryFuzzTests
{
    private static readonly string[] Words = ["realm", "=", "\"", ",", " ", "\\", "Bearer", "Basic", "service", "scope", "a", "\t", "https://x/", ";", "\u0000", "é"];

    [Fact]
    public void Challenges_of_any_text()
    {
        Random random = new(1);
        for (int i = 0; i < 20_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => Words[random.Next(Words.Length)]));
            Challenge? challenge = Challenge.ParseBearer(text);
            Assert.True(challenge is null or { Realm.Length: > 0 });
        }
    }

    [Fact]
    public void Files_of_credentials_of_any_bytes()
    {
        byte[] good = Encoding.UTF8.GetBytes("""{"auths":{"https://index.docker.io/v1/":{"auth":"dTpw","identitytoken":"x"},"reg.example":{"username":"u"}},"credHelpers":{"a":"b"},"credsStore":"c"}""");
        Random random = new(2);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bad = [.. good];
            for (int edits = random.Next(1, 5); edits > 0; edits--)
                bad[random.Next(bad.Length)] = (byte)random.Next(random.Next(2) == 0 ? 256 : 128);
            AuthFile? file = AuthFile.Parse(bad.AsMemory(0, random.Next(bad.Length + 1)), "file");
            file?.Find("docker.io", "library/debian");
        }
    }

    [Fact]
    public void References_of_any_text()
    {
        string[] words = ["docker://", "oci://", "a", "A", "/", ":", "@", "sha256:", new('0', 64), ".", "-", "_", "[", "]", "::1", "5000", "localhost", " ", "?", "#", "%2f", ".."];
        Random random = new(3);
        for (int i = 0; i < 20_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => words[random.Next(words.Length)]));
            try
            {
                if (!RegistryReference.IsMeantBy(text))
                    continue;
                RegistryReference reference = RegistryReference.Parse(text);
                Assert.Equal(reference, RegistryReference.Parse(reference.ToString()));
                // What becomes an address never leads to another server or another place on it.
                Uri address = Endpoint.Of(reference, new RegistryOptions())[^1].AddressOf("manifests", reference.Tag ?? "x");
                Assert.Equal($"/v2/{reference.Repository}/manifests/{reference.Tag ?? "x"}", address.AbsolutePath);
            }
            catch (Errors.OciException e)
            {
                Assert.Equal("OCI8001", e.Code);
            }
        }
    }
}
