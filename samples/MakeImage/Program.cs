using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using MakeImage;

// A base, an installation on it, and a change that removes and replaces. The image has every kind of node that a tree can have.
Layer @base = new Layer()
    .Directory("dev").Directory("etc").Directory("home").Directory("tmp", "1777").Directory("usr").Directory("usr/bin").Directory("var").Directory("var/cache")
    .Symlink("bin", "usr/bin")
    .Device("dev/null", 1, 3)
    .File("etc/os-release", "ID=sample\nNAME=\"Sample appliance\"\nVERSION_ID=1\n")
    .File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n")
    .File("etc/shadow", "root:*:19723::::::\napp:*:19723::::::\n", "0600");

Layer installed = new Layer()
    .Directory("home/app", "0750", owner: 1000)
    .File("home/app/.profile", "PATH=/usr/bin\n", owner: 1000)
    .File("usr/bin/hello", "#!/bin/sh\necho \"Hello from $(. /etc/os-release; echo \"$NAME\")\"\n", "0755")
    .Hardlink("usr/bin/hi", "usr/bin/hello", "0755")
    .File("usr/bin/become", "Stands for a program that changes its user: setuid.\n", "4755")
    .File("etc/motd", "Installed, not yet set up.\n")
    .Directory("var/cache/packages")
    .File("var/cache/packages/index", "what an upper layer removes is not in the tree\n")
    .File("var/cache/build.log", "neither is this\n");

Layer setUp = new Layer()
    .File("etc/motd", "Welcome to the sample appliance.\n")
    .Whiteout("var/cache/build.log")
    .Opaque("var/cache/packages");

Layout image = new(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "Appliance", "image", "appliance"));
image.AddLayer(@base.ToTar(), compress: true);
image.AddLayer(installed.ToTar(), compress: true);
image.AddLayer(setUp.ToTar(), compress: false);
image.Write("1.0", "amd64", new JsonObject
{
    ["User"] = "app",
    ["Env"] = new JsonArray("PATH=/usr/bin", "GREETING=100% yours; $(really)"),
    ["Entrypoint"] = new JsonArray("/usr/bin/hello"),
    ["Cmd"] = new JsonArray("--to", "you & me"),
    ["WorkingDir"] = "/home/app",
    ["ExposedPorts"] = new JsonObject { ["8080/tcp"] = new JsonObject() },
    ["Volumes"] = new JsonObject { ["/var/cache"] = new JsonObject() },
    ["Labels"] = new JsonObject { ["org.opencontainers.image.title"] = "Sample appliance" },
    ["StopSignal"] = "SIGTERM",
});

static string ThisFile([CallerFilePath] string path = "") => path;
