using System.Text;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Tests;

public sealed class PathTableTests
{
    [Fact]
    public void A_path_is_found_again_and_spelled_as_it_was_given()
    {
        PathTable paths = new();
        int usr = paths.GetOrAdd(PathTable.Root, "usr"u8);
        int lib = paths.GetOrAdd(usr, [0xff, (byte)'\n']);

        Assert.Equal(lib, paths.GetOrAdd(usr, [0xff, (byte)'\n']));
        Assert.Equal(PathTable.None, paths.Find(PathTable.Root, [0xff, (byte)'\n']));
        Assert.Equal([(byte)'u', (byte)'s', (byte)'r', (byte)'/', 0xff, (byte)'\n'], paths.Bytes(lib));
        Assert.Empty(paths.Bytes(PathTable.Root));
        Assert.Equal(2, paths.Depth(lib));
    }

    [Fact]
    public void Many_names_in_one_directory_are_all_children_and_all_found()
    {
        PathTable paths = new();
        int[] added = [.. Enumerable.Range(0, 100_000).Select(i => paths.GetOrAdd(PathTable.Root, Encoding.ASCII.GetBytes($"file-{i}")))];

        HashSet<int> children = [];
        for (int child = paths.FirstChild(PathTable.Root); child != PathTable.None; child = paths.NextSibling(child))
            children.Add(child);

        Assert.Equal(added.ToHashSet(), children);
        Assert.All(Enumerable.Range(0, 100_000), i => Assert.Equal(added[i], paths.Find(PathTable.Root, Encoding.ASCII.GetBytes($"file-{i}"))));
    }

    /// <summary>
    /// Of two words that the framework's hash mixes into one sum, a changed highest bit of the first is made up for by the second, up to a
    /// sign: of three pairs two collide, whatever the seed is. Ten pairs are 59,049 names, and 1,024 hashes.
    /// </summary>
    [Fact]
    public void Names_that_collide_in_the_frameworks_hash_whatever_its_seed_is_do_not_collide_here()
    {
        byte[][] names = [.. Enumerable.Range(0, 59_049).Select(ChosenName)];

        Assert.Equal(1024, names.Select(OfTheFramework).Distinct().Count());
        Assert.InRange(names.Select(static n => PathTable.HashOf(PathTable.Root, n)).Distinct().Count(), 59_000, 59_049);

        static int OfTheFramework(byte[] name)
        {
            HashCode hash = default;
            hash.Add(PathTable.Root);
            hash.AddBytes(name);
            return hash.ToHashCode();
        }
    }

    private static byte[] ChosenName(int number)
    {
        const uint makesUp = unchecked((1u << 12) * 2654435761u * InverseOfSecondPrime);
        uint[] words = new uint[24]; // In four sums; the first word is the parent.
        foreach (int at in (int[])[1, 2, 3, 8, 9, 10, 11, 16, 17, 18])
        {
            int choice = number % 3;
            number /= 3;
            words[at] = choice == 0 ? 0 : 1u << 31;
            words[at + 4] = unchecked(choice switch { 0 => 0, 1 => makesUp, _ => 0 - makesUp });
        }
        return System.Runtime.InteropServices.MemoryMarshal.AsBytes(words.AsSpan(1)).ToArray();
    }

    private const uint InverseOfSecondPrime = 3066638151;
}
