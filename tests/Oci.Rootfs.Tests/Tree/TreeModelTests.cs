using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Tests.Tree;

public sealed class TreeModelTests
{
    /// <summary>More cases by hand: <c>OCI_TREE_CASES=200000 OCI_TREE_SEED=7</c>.</summary>
    private static readonly int Cases = Setting("OCI_TREE_CASES", 4000);

    private static readonly int FirstSeed = Setting("OCI_TREE_SEED", Environment.TickCount & 0x7FFFFF);

    [Fact]
    public void Any_stack_of_layers_merges_to_what_the_rules_say_or_fails_with_the_same_code()
    {
        Arbitrary<LayerStack> stacks = Arb.From(
            Gen.Choose(0, int.MaxValue - 1).Select(n => LayerStack.Random(unchecked(n ^ (FirstSeed << 8)))),
            stack => stack.Smaller());

        Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(Cases), Prop.ForAll(stacks, AgreesWithModel));
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

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
