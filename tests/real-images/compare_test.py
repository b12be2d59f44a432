#!/usr/bin/env python3
"""Proves `compare` and `trees`, as root: they find no difference in equal trees, and report each kind of difference under its own name."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import compare
import trees

HERE = os.path.dirname(os.path.abspath(__file__))

BUILDER = (12345, 12346)


class Trees(unittest.TestCase):
    def setUp(self):
        self.room = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.room)
        self.left, self.right = self.room + "/left", self.room + "/right"
        os.mkdir(self.left)
        for step in ("devices", "names"):
            subprocess.run([HERE + "/odd_files.py", step, self.left], check=True)
        subprocess.run(["cp", "-a", self.left, self.right], check=True)

    def fields(self, left=None, right=None):
        """The differences as (path, field)."""
        left, right = left or trees.read(self.left), right or trees.read(self.right)
        return [(path.decode(), field) for path, field, *_ in compare.differences(left, right)]

    def at(self, path):
        return self.right + "/" + path

    def test_a_copy_is_equal(self):
        self.assertEqual([], self.fields())

    def test_reading_leaves_no_trace(self):
        before = os.stat(self.at("srv/sizes/block"))
        self.fields()
        self.assertEqual(before, os.stat(self.at("srv/sizes/block")))

    def test_a_record_is_equal_to_its_tree(self):
        trees.write_record(trees.read(self.left), self.room + "/record")
        self.assertEqual([], self.fields(left=trees.read(self.room + "/record")))

    def test_a_missing_path(self):
        os.unlink(self.at("srv/sizes/empty"))
        self.assertEqual([("srv/sizes", "mtime"), ("srv/sizes/empty", "missing")], self.fields())

    def test_a_path_too_many(self):
        shutil.copyfile(self.at("srv/sizes/empty"), self.at("srv/new"))
        self.assertEqual([("srv", "mtime"), ("srv/new", "extra")], self.fields())

    def test_another_type(self):
        os.rmdir(self.at("srv/times/old-dir"))
        os.mkfifo(self.at("srv/times/old-dir"))
        self.assertEqual([("srv/times", "mtime"), ("srv/times/old-dir", "type")], self.fields())

    def test_another_mode(self):
        for path, mode in (("srv/modes/file-0444", 0o445), ("srv/modes/file-2755", 0o755), ("srv/nodes/pipe", 0o623)):
            os.chmod(self.at(path), mode)
        self.assertEqual(
            [("srv/modes/file-0444", "mode"), ("srv/modes/file-2755", "mode"), ("srv/nodes/pipe", "mode"),
             ("srv/nodes/pipe-again", "mode")], self.fields())

    def test_another_owner(self):
        os.lchown(self.at("srv/modes/owned-link"), 1000, 1)
        os.chown(self.at("srv/sizes"), 1, -1)
        self.assertEqual([("srv/modes/owned-link", "gid"), ("srv/sizes", "uid")], self.fields())

    def test_another_mtime_by_one_nanosecond(self):
        for path in ("srv/times/before", "srv/times/old-dir", "srv/times/link"):
            time = os.lstat(self.at(path)).st_mtime_ns + 1
            os.utime(self.at(path), ns=(time, time), follow_symlinks=False)
        self.assertEqual(
            [("srv/times/before", "mtime"), ("srv/times/link", "mtime"), ("srv/times/old-dir", "mtime")],
            self.fields())

    def test_another_content_of_the_same_size(self):
        status = os.stat(self.at("srv/sizes/block"))
        with open(self.at("srv/sizes/block"), "r+b") as stream:
            stream.write(b"B")
        os.utime(self.at("srv/sizes/block"), ns=(status.st_mtime_ns, status.st_mtime_ns))
        self.assertEqual([("srv/sizes/block", "content")], self.fields())

    def test_another_size(self):
        status = os.stat(self.at("srv/sizes/block"))
        os.truncate(self.at("srv/sizes/block"), 511)
        os.utime(self.at("srv/sizes/block"), ns=(status.st_mtime_ns, status.st_mtime_ns))
        self.assertEqual([("srv/sizes/block", "size"), ("srv/sizes/block", "content")], self.fields())

    def test_another_link_target(self):
        os.unlink(self.at("srv/times/link"))
        os.symlink("old", self.at("srv/times/link"))
        os.utime(self.at("srv/times/link"), ns=(1, 1), follow_symlinks=False)
        self.assertEqual([("srv/times", "mtime"), ("srv/times/link", "link")], self.fields())

    def test_another_device_number(self):
        status = os.stat(self.at("srv/nodes/disk"))
        os.unlink(self.at("srv/nodes/disk"))
        os.mknod(self.at("srv/nodes/disk"), status.st_mode, os.makedev(8, 18))
        os.chmod(self.at("srv/nodes/disk"), 0o660)
        os.chown(self.at("srv/nodes/disk"), 0, 6)
        os.utime(self.at("srv/nodes/disk"), ns=(status.st_mtime_ns,) * 2)
        self.assertEqual([("srv/nodes", "mtime"), ("srv/nodes/disk", "device")], self.fields())

    def test_attributes_changed_lost_and_added(self):
        os.setxattr(self.at("srv/xattrs/user"), "user.empty", b"x")
        os.removexattr(self.at("srv/xattrs/capable"), "security.capability")
        os.removexattr(self.at("srv/xattrs/acl-dir"), "system.posix_acl_default")
        os.setxattr(self.at("srv/xattrs/link"), "trusted.more", b"", follow_symlinks=False)
        self.assertEqual(
            [("srv/xattrs/acl-dir", "xattr:system.posix_acl_default"),
             ("srv/xattrs/capable", "xattr:security.capability"),
             ("srv/xattrs/capable-again", "xattr:security.capability"),
             ("srv/xattrs/link", "xattr:trusted.more"), ("srv/xattrs/user", "xattr:user.empty")], self.fields())

    def test_a_link_group_broken(self):
        self._copy_instead_of_link("srv/groups/broken-2")
        self.assertEqual(
            [("srv/groups", "mtime"), ("srv/groups/broken-1", "links"), ("srv/groups/broken-2", "links"),
             ("srv/groups/broken-3", "links")], self.fields())

    def test_a_link_group_joined(self):
        os.unlink(self.at("srv/names/-rf"))
        os.link(self.at("srv/names/..."), self.at("srv/names/-rf"))
        self.assertEqual(
            [("srv/names", "mtime"), ("srv/names/-rf", "content"), ("srv/names/-rf", "links"),
             ("srv/names/...", "links")], self.fields())

    def test_a_symlink_s_link_group_broken(self):
        os.unlink(self.at("srv/groups/link-2"))
        subprocess.run(["cp", "-a", self.at("srv/groups/link-1"), self.at("srv/groups/link-2")], check=True)
        self.assertEqual(
            [("srv/groups", "mtime"), ("srv/groups/link-1", "links"), ("srv/groups/link-2", "links")], self.fields())

    def test_an_inode_with_a_name_outside_the_tree(self):
        os.link(self.at("srv/sizes/block"), self.room + "/outside")
        self.assertEqual([("srv/sizes/block", "nlink")], self.fields())

    def _copy_instead_of_link(self, path):
        subprocess.run(["cp", "-a", self.at(path), self.room + "/copy"], check=True)
        os.rename(self.room + "/copy", self.at(path))

    # ---- an unprivileged builder's tree

    def _build(self):
        """Turns the right tree into the one that the builder may have."""
        truth = trees.read(self.left)
        for path in sorted(truth, reverse=True):
            full, node = os.fsencode(self.right) + b"/" + path, truth[path]
            if node.kind in ("char", "block"):
                os.unlink(full)
                continue
            os.lchown(full, *BUILDER)
            for name in os.listxattr(full, follow_symlinks=False):
                if not name.startswith("user."):
                    os.removexattr(full, name, follow_symlinks=False)
            if node.kind != "link":
                os.chmod(full, node.mode & 0o1777)
            os.utime(full, ns=(node.mtime, node.mtime), follow_symlinks=False)
        for path, node in truth.items():
            if node.kind == "dir":
                os.utime(os.fsencode(self.right) + b"/" + path, ns=(node.mtime, node.mtime))
        return compare.as_built_by(truth, *BUILDER)

    def test_a_builder_s_tree_lacks_only_what_is_recorded(self):
        self.assertEqual([], self.fields(left=self._build()))

    def test_a_builder_s_tree_must_have_the_rest(self):
        expected = self._build()
        os.chmod(self.at("srv/modes/dir-1777"), 0o777)
        os.chmod(self.at("srv/modes/file-4711"), 0o4711)
        os.chown(self.at("srv/modes/high-ids"), 0, -1)
        os.removexattr(self.at("srv/xattrs/user"), "user.empty")
        os.setxattr(self.at("srv/xattrs/trusted"), "trusted.test", b"\x00\xff")
        self.assertEqual(
            [("srv/modes/dir-1777", "mode"), ("srv/modes/file-4711", "mode"), ("srv/modes/high-ids", "uid"),
             ("srv/xattrs/trusted", "xattr:trusted.test"), ("srv/xattrs/user", "xattr:user.empty")],
            self.fields(left=expected))

    # ---- the program

    def _run(self, *words):
        done = subprocess.run([HERE + "/compare.py", *words, self.left, self.right], capture_output=True, text=True)
        return done.returncode, done.stdout

    def _explain(self, *rows):
        with open(self.room + "/explained", "w") as stream:
            stream.write("\n".join(rows) + "\n")
        return "--image", "this", "--explained", self.room + "/explained"

    def test_the_exit_code_says_it(self):
        self.assertEqual(0, self._run()[0])
        os.chmod(self.at("srv/sizes"), 0o700)
        code, text = self._run()
        self.assertEqual(1, code)
        self.assertIn("./srv/sizes: mode: reference 0755, ours 0700", text)

    def test_an_explained_difference_is_counted(self):
        os.chmod(self.at("srv/sizes"), 0o700)
        code, text = self._run(*self._explain("th* ./srv/siz* mode 0755 07?? rule-1  # why"))
        self.assertEqual((0, True), (code, "0 differences, 1 explained" in text), text)

    def test_an_explanation_holds_for_its_values_and_image_only(self):
        os.chmod(self.at("srv/sizes"), 0o700)
        self.assertEqual(1, self._run(*self._explain("this ./srv/sizes mode 0755 0711 rule-1"))[0])
        self.assertEqual(1, self._run(*self._explain("that ./srv/sizes mode 0755 0700 rule-1"))[0])

    def test_an_explanation_of_nothing_is_an_error(self):
        code, text = self._run(*self._explain("this ./srv/sizes mode 0755 0700 rule-1"))
        self.assertEqual((1, True), (code, "explained.txt:1: explains nothing" in text), text)


class Records(unittest.TestCase):
    HEAD = "mode=0644 uid=1 gid=2 time=3.000000004"

    def read(self, *lines):
        with tempfile.NamedTemporaryFile("w", newline="\n") as stream:
            stream.write("\n".join(["#mtree", *lines, ""]))
            stream.flush()
            return trees.read_record(stream.name)

    def test_a_line_says_everything(self):
        nodes = self.read(r"./a\040\134\351 type=file " + self.HEAD + r" size=5 xattr.user.x\075y=AAo=")
        node = nodes[b"a \\\xe9"]
        self.assertEqual(("file", 0o644, 1, 2, 3_000_000_004, 5), (
            node.kind, node.mode, node.uid, node.gid, node.mtime, node.size))
        self.assertEqual({b"user.x=y": b"\x00\n"}, node.xattrs)

    def test_times_before_1970_count_forward(self):
        node = self.read(". type=dir mode=0755 uid=0 gid=0 time=-2.500000000")[b"."]
        self.assertEqual(-1_500_000_000, node.mtime)

    def test_broken_records_are_refused(self):
        for line in (
            "a type=file size=1 " + self.HEAD,  # not below .
            "./a type=file " + self.HEAD,  # no size
            "./a type=door " + self.HEAD,
            "./a type=dir " + self.HEAD + " size=4",
            "./a type=dir " + self.HEAD + " odd",
            "./a type=dir " + self.HEAD + " uid=1",
            "./a\\n type=dir " + self.HEAD,
            "./a type=dir mode=0644 uid=1 gid=2 time=3.4",
            "./a type=char device=solaris,1,2 " + self.HEAD,
            "./a type=file size=1 " + self.HEAD + " xattr.user.x=?",
        ):
            with self.subTest(line), self.assertRaises(trees.RecordError):
                self.read(line)

    def test_a_path_twice_is_refused(self):
        with self.assertRaises(trees.RecordError):
            self.read("./a type=dir " + self.HEAD, "./a type=dir " + self.HEAD)

    def test_two_names_of_one_inode_must_agree(self):
        rest = "type=file size=1 uid=1 gid=2 time=3.000000004 nlink=2 inode=7 mode="
        with self.assertRaises(trees.RecordError):
            self.read("./a " + rest + "0644", "./b " + rest + "0600")


if __name__ == "__main__":
    unittest.main()
