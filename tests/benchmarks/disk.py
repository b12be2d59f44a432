"""A journalled ext4 on a loop device, as the place of measurements."""

import contextlib
import os
import pathlib
import subprocess
import sys


@contextlib.contextmanager
def ext4(work, gigabytes, *options):
    """Mounts a new file system and removes it afterwards. The machine's own disk would not do: on ext4 without a journal, files made within
    minutes after others were deleted take 10 to 20 times as long.
    """
    # The process id is in the name, because two runs may share WORK for its images.
    image, mount = work / f"disk-{os.getpid()}.img", work / f"disk-{os.getpid()}"
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
        # Without this ratio, the kernel makes a writer wait for a new device long before memory is short.
        numbers = os.stat(device).st_rdev
        try:
            pathlib.Path(f"/sys/class/bdi/{os.major(numbers)}:{os.minor(numbers)}/min_ratio").write_text("80")
        except OSError as error:
            # The shares of all devices together are at most 100.
            print(f"min_ratio is not set ({error}): writers may be made to wait.", file=sys.stderr)
        yield mount


def call(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def remove(path):
    """Calls rm, because shutil.rmtree fails on a tree deeper than Python's stack."""
    call("rm", "-rf", path)
