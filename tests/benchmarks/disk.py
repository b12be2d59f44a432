"""A journalled ext4 on a loop device: where to measure."""

import contextlib
import os
import pathlib
import subprocess
import sys


@contextlib.contextmanager
def ext4(work, gigabytes, *options):
    """
    Mounts a new one and takes it away again. Not the machine's own disk: on ext4 without a journal, files made within minutes after
    others were deleted take 10 to 20 times as long.
    """
    image, mount = work / "disk.img", work / "disk"
    with contextlib.ExitStack() as undo:
        undo.callback(image.unlink, missing_ok=True)
        call("fallocate", "-l", f"{gigabytes}G", image)
        call("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", *options, image)
        device = call("losetup", "--direct-io=on", "--find", "--show", image).strip()
        undo.callback(call, "losetup", "--detach", device)
        mount.mkdir(exist_ok=True)
        undo.callback(mount.rmdir)
        call("mount", device, mount)
        undo.callback(call, "umount", mount)
        # Otherwise the kernel makes a writer wait for a new device long before memory is short.
        numbers = os.stat(device).st_rdev
        try:
            pathlib.Path(f"/sys/class/bdi/{os.major(numbers)}:{os.minor(numbers)}/min_ratio").write_text("80")
        except OSError as error:
            # All devices' shares together are at most 100.
            print(f"min_ratio is not set ({error}): writers may be made to wait.", file=sys.stderr)
        yield mount


def call(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def remove(path):
    """Not by shutil.rmtree: a tree may be deeper than Python's stack."""
    call("rm", "-rf", path)
