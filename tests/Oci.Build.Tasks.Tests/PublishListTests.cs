using Oci.Build.Tasks.Tests.Harness;

namespace Oci.Build.Tasks.Tests;

/// <summary>Which files a publish copies, and the list of them that a build leaves.</summary>
public sealed class PublishListTests : IDisposable
{
    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Each_file_keeps_its_name_and_files_of_one_name_get_a_directory() => Assert.Equal(
        ["/x/a.tar => a.tar", "/x/config.json => app/config.json", "/y/Config.json => web/Config.json"],
        Targets(("app", "/x/a.tar"), ("app", "/x/config.json"), ("web", "/y/Config.json")));

    [Fact]
    public void What_was_written_is_read_whatever_the_names_hold()
    {
        PublishList list = new(_project.PathOf("obj/list"));
        List<PublishList.Entry> entries = PublishList.Of([("n", "/x/a;b %24(x)\n'.tar"), ("n", "/x/ä.tar")]);

        list.Write(entries);

        Assert.Equal(entries, list.Read());
    }

    [Fact]
    public void Nothing_to_publish_leaves_no_list()
    {
        PublishList list = new(_project.PathOf("obj/list"));
        list.Write(PublishList.Of([("n", "/x/a.tar")]));

        list.Write([]);

        Assert.Empty(list.Read());
        Assert.False(File.Exists(_project.PathOf("obj/list")));
    }

    [Fact]
    public void A_list_that_says_the_same_is_not_written()
    {
        PublishList list = new(_project.PathOf("obj/list"));
        list.Write(PublishList.Of([("n", "/x/a.tar")]));
        File.SetLastWriteTimeUtc(_project.PathOf("obj/list"), DateTime.UnixEpoch);

        list.Write(PublishList.Of([("n", "/x/a.tar")]));

        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(_project.PathOf("obj/list")));
    }

    [Fact]
    public void A_list_that_can_not_be_written_is_an_error()
    {
        Directory.CreateDirectory(_project.PathOf("obj/list"));

        Assert.Equal("OCI5011", Assert.Throws<Oci.Rootfs.Errors.OciException>(() => new PublishList(_project.PathOf("obj/list")).Write(PublishList.Of([("n", "/x/a.tar")]))).Code);
    }

    private static string[] Targets(params (string, string)[] files) => [.. PublishList.Of(files).Select(static entry => $"{entry.Path} => {entry.Target}")];
}
