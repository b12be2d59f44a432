using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Tests.Tree;

public sealed class TreeModelTests
{
    /// <summary>More cases by hand: <c>OCI_TREE_CASES=200000 OCI_TREE_SEED=random</c>.</summary>
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("OCI_TREE_CASES"), CultureInfo.InvariantCulture, out int value) ? value : 4000;

    /// <summary>FsCheck draws from two numbers. The second only has to be odd, and not small, lest seeds beside each other draw the same.</summary>
    private const ulong OddGamma = 0x9e3779b97f4a7c15;

    [Fact]
    public void Any_stack_of_layers_merges_to_what_the_rules_say_or_fails_with_the_same_code()
    {
        Arbitrary<LayerStack> stacks = Arb.From(Gen.Choose(0, int.MaxValue - 1).Select(LayerStack.Random), stack => stack.Smaller());
        int seed = TestSeed.Of("OCI_TREE_SEED");
        // All that is drawn is drawn from this; the name is the beginning of what is said at failure.
        FsCheck.Config config = FsCheck.Config.QuickThrowOnFailure.WithReplay((ulong)seed, OddGamma).WithName($"OCI_TREE_SEED={seed}").WithMaxTest(Cases);

        Check.One(config, Prop.ForAll(stacks, AgreesWithModel));
    }

    [Fact]
    public void Many_random_stacks_merge_and_every_merge_error_and_warning_occurs_among_them()
    {
        TreeModel[] models = [.. Enumerable.Range(0, 20_000).Select(seed => LayerStack.Random(seed)).Select(s => TreeModel.Of(s.KeepLinks, s.Layers))];

        Assert.InRange(models.Count(m => m.ErrorCode is null), models.Length / 4, models.Length);
        Assert.Equal(["OCI4107", "OCI4121", "OCI4122", "OCI4123", "OCI4124"], models.Select(m => m.ErrorCode).OfType<string>().Distinct().Order());
        Assert.Equal(["OCI4154", "OCI4155", "OCI4156", "OCI4157", "OCI4158", "OCI4159"], models.SelectMany(m => m.WarningCodes).Distinct().Order());
    }

    private static bool AgreesWithModel(LayerStack stack)
    {
        TreeModel model = TreeModel.Of(stack.KeepLinks, stack.Layers);
        string expected = model.ErrorCode ?? string.Join('\n', model.FullLines().Append(string.Join(' ', model.WarningCodes)));
        string found;
        try
        {
            MergedTree tree = MergedTree.Of(new MergeOptions(stack.KeepLinks), new RootfsLimits(), stack.Layers);
            found = string.Join('\n', tree.FullLines().Append(string.Join(' ', tree.WarningCodes.Distinct().Order())));
        }
        catch (OciException error)
        {
            found = error.Code;
        }
        return expected == found ? true : throw new InvalidOperationException($"{stack}\nexpected\n{expected}\nfound\n{found}");
    }
}
