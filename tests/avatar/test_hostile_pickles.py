"""Files that would run code, or eat the memory, if they were loaded as pickles are. They are written here, by hand."""

from __future__ import annotations

import io
import os
import pickle
import pickletools
import struct
import tracemalloc
import types
from pathlib import Path

import numpy as np
import pytest

from backend.engines.avatar.restricted_pickle import load_pickle
from backend.engines.avatar.smpl import load_smpl
from backend.errors import BackendError

MEGABYTE = 1 << 20


def text(word):
    return b"X" + struct.pack("<I", len(word.encode())) + word.encode()


def name(module, attribute):
    return f"c{module}\n{attribute}\n".encode()


def stacked(module, attribute):
    return text(module) + text(attribute) + b"\x93"


class Calls:
    """Something whose pickle calls a function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def calling(function, *arguments, protocol=2):
    return pickle.dumps({"v_template": Calls(function, *arguments)}, protocol)


def touch(marker):
    """A command that leaves a trace."""
    return f"echo > {marker}"


def array_with(shape, dtype=b"f8", data=b""):
    """numpy's own pickle of an array, with any shape and bytes."""
    made = name("numpy.core.multiarray", "_reconstruct") + name("numpy", "ndarray") + b"K\x00\x85C\x01b\x87R"
    kind = name("numpy", "dtype") + b"X" + struct.pack("<I", len(dtype)) + dtype + b"K\x00K\x01\x87R"
    state = b"(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    sizes = b"(" + b"".join(pickle.dumps(length, 2)[2:-1] for length in shape) + b"t"
    content = b"B" + struct.pack("<I", len(data)) + data
    return b"\x80\x03" + made + b"(K\x01" + sizes + kind + state + b"\x89" + content + b"tb."


def nested(count):
    """Tuples of tuples: 2^count leaves without taking any room; as a key it would be hashed for ever."""
    return b"\x80\x04}K\x01" + b"".join(b"q%ch%c\x86" % (n, n) for n in range(count)) + b"K\x01s."


def hostile(marker):
    """Names of attacks, and their bytes."""
    command = touch(marker)
    return {
        **{f"os.system, protocol {p}": calling(os.system, command, protocol=p) for p in range(6)},
        "builtins.eval": calling(eval, f"open({str(marker)!r}, 'w')"),
        "builtins.exec": calling(exec, f"open({str(marker)!r}, 'w')"),
        "open for writing": calling(open, str(marker), "w"),
        "path touched": calling(Path.touch, Path(marker)),
        "nested reduces": calling(Calls, Calls(os.system, command), Calls(os.system, command)),
        "getattr chain": b"\x80\x02" + name("builtins", "getattr") + name("os", "path") + text("os") + b"\x86R.",
        "attribute of an allowed module": b"\x80\x04" + stacked("numpy", "core.os.system") + text(command) + b"\x85R.",
        "numpy's own door": b"\x80\x02" + name("numpy.testing._private.utils", "runstring") + text("1") + b"}\x86R.",
        "numpy.load": b"\x80\x02" + name("numpy", "load") + text(str(marker)) + b"\x85R.",
        "stack_global of subprocess": b"\x80\x04" + stacked("subprocess", "Popen") + text(command) + b"\x85R.",
        "INST": b"(" + b"S'" + command.encode().replace(b"\\", b"\\\\") + b"'\n" + b"ios\nsystem\n.",
        "OBJ": b"(" + name("os", "system") + text(command) + b"o.",
        "NEWOBJ_EX": b"\x80\x04" + name("numpy", "ndarray") + b")}\x92.",
        "BUILD with __setstate__": b"\x80\x02" + name("numpy", "ndarray") + b"}" + text("__setstate__")
        + name("numpy", "dtype") + b"sb.",
        "BUILD of a dictionary": b"\x80\x02}}" + text("__reduce__") + b"K\x01sb.",
        "call of a made object": b"\x80\x02" + name("chumpy.ch", "Ch") + b")\x81)R.",
        "constructor of another class": b"\x80\x02" + name("copy_reg", "_reconstructor") + name("os", "_wrap_close")
        + name("__builtin__", "object") + b"N\x87R.",
        "object made by a codec": b"\x80\x02" + name("_codecs", "encode") + text("x") + text("zlib") + b"\x86R.",
        "persistent id": b"\x80\x02Pfile\n.",
        "binary persistent id": b"\x80\x02K\x01Q.",
        "extension registry": b"\x80\x02\x82\x01.",
        "extension registry, 4 bytes": b"\x80\x02\x84\x01\x00\x00\x00.",
        "out-of-band buffer": b"\x80\x05\x97.",
        "module loaded by name": calling(__import__, "antigravity"),
        "code object": b"\x80\x04" + stacked("types", "CodeType") + b")R.",
        "function from marshal": b"\x80\x04" + stacked("marshal", "loads") + b"C\x01c\x85R.",
        "chumpy look-alike": b"\x80\x02" + name("chumpy.ch.evil", "Ch") + b")\x81.",
        "another class of chumpy": b"\x80\x02" + name("chumpy.ch", "ChLambda") + b")\x81.",
        "selection of itself": b"\x80\x02\x80\x02" + name("chumpy.reordering", "Select") + b")\x81q\x00}" + text("a")
        + b"h\x00sb}" + text("v_template") + b"h\x00s.",
        "array of a terabyte": array_with((10**6, 10**6)),
        "array of minus one": array_with((-1, 8), data=b"\0" * 64),
        "array in a hundred dimensions": array_with((1,) * 100, data=b"\0" * 8),
        "shape larger than the bytes": array_with((1000, 1000), data=b"\0" * 64),
        "shape of numbers too large for numpy": array_with((2**70, 0)),
        "bytes promised, not there": b"\x80\x04\x8e" + struct.pack("<Q", 1 << 40) + b"abc",
        "text promised, not there": b"\x80\x04\x8d" + struct.pack("<Q", 1 << 62) + b"abc",
        "number of a million digits": b"\x80\x02\x8b" + struct.pack("<i", MEGABYTE) + b"\x7f" * MEGABYTE + b".",
        "fifty thousand open marks": b"\x80\x02" + b"(" * 50_000 + b".",
        "a million lists": b"\x80\x02" + b"]" * MEGABYTE + b".",
        "lists in lists, very deep": b"\x80\x02" + b"]" * 50_000 + b"a" * 49_999 + b".",
        "memo bomb": b"\x80\x02]" + b"".join(b"q%c]" % n + b"h%ca" % n * 20 for n in range(250)) + b".",
        "keys that take for ever": nested(200),
        "memo never written": b"\x80\x02h\x07.",
        "nothing on the stack": b"\x80\x02R.",
        "no end": pickle.dumps({"v_template": 1}, 2)[:-1],
        "empty": b"",
        "text": b"This is not a model.\n",
        "null bytes": b"\0" * 4096,
    }


NAMES = tuple(hostile("x"))


@pytest.mark.parametrize("attack", NAMES)
def test_a_hostile_pickle_is_refused_in_a_sentence_and_nothing_runs(attack, tmp_path):
    marker = tmp_path / "executed"
    data = hostile(marker)[attack]
    path = tmp_path / "model.pkl"
    path.write_bytes(data)
    tracemalloc.start()
    try:
        with pytest.raises(BackendError) as caught:
            load_smpl(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert not marker.exists()
    assert caught.value.message.startswith("model.pkl") and caught.value.message.endswith(".")
    assert caught.value.fix.endswith(".")
    assert peak < 100 * MEGABYTE


def test_the_attacks_are_real():
    """Python's own unpickler would run them."""
    seen = []
    probe = types.SimpleNamespace(system=seen.append)

    class Trusting(pickle.Unpickler):
        def find_class(self, module, attribute):
            return probe.system

    for protocol in range(6):
        Trusting(io.BytesIO(hostile("x")[f"os.system, protocol {protocol}"])).load()
    assert seen == ["echo > x"] * 6


def chumpy_file(arrays, protocol):
    """A pickle as chumpy's users wrote it: Ch and Select objects, a sparse regressor, opaque sets."""
    from scipy import sparse

    ch = type("Ch", (), {"__module__": "chumpy.ch"})
    select = type("Select", (), {"__module__": "chumpy.reordering"})
    modules = {("chumpy.ch", "Ch"): ch, ("chumpy.reordering", "Select"): select}
    shapes, template = ch(), select()
    shapes.x, shapes._dirty_vars, shapes.dterms = arrays["shapedirs"], {"x"}, ("x",)
    inner = ch()
    inner.x = arrays["v_template"].ravel()[::-1].copy()
    template.a, template.idxs = inner, np.arange(inner.x.size)[::-1].copy()
    template.preferred_shape = arrays["v_template"].shape
    root = {**arrays, "shapedirs": shapes, "v_template": template, "bs_type": "lrotmin", "J": arrays["v_template"][:24]}
    root["J_regressor"] = sparse.csc_matrix(arrays["J_regressor"])
    root["joint2num"] = np.array({"pelvis": 0}, object)
    root["posedirs"] = np.asfortranarray(arrays["posedirs"])
    out = io.BytesIO()

    class Writer(pickle._Pickler):  # the one that does not look whether the classes can be imported
        def save_global(self, obj, name=None):
            for (module, attribute), known in modules.items():
                if obj is known:
                    self.write(f"c{module}\n{attribute}\n".encode())
                    self.memoize(obj)
                    return
            super().save_global(obj, name)

        dispatch = {**pickle._Pickler.dispatch, type: save_global}

    Writer(out, protocol).dump(root)
    return out.getvalue()


@pytest.mark.parametrize("protocol", [2, 4])
def test_an_honest_pickle_of_chumpy_is_read_without_chumpy(protocol, smpl_arrays, tmp_path):
    path = tmp_path / "basicModel_f_lbs_10_207_0_v1.0.0.pkl"
    path.write_bytes(chumpy_file(smpl_arrays, protocol))
    body = load_smpl(path, "female", np.float64)
    assert (body.template == smpl_arrays["v_template"]).all()
    assert (body.weights.dense() - smpl_arrays["weights"]).max() < 1e-12
    assert body.gender == "female"
    betas = np.arange(3.0)
    assert np.abs(body.shape(betas).joints - smpl_arrays["J_regressor"] @ body.shape(betas).vertices).max() < 1e-12
    assert (body._correctives.T.reshape(smpl_arrays["posedirs"].shape) == smpl_arrays["posedirs"]).all()


def test_plain_data_come_back_as_they_were(tmp_path):
    data = {"a": [1, 2.5, None, True, "ü", b"\x00\xff", (1, (2,))], "b": {"c": np.float32(1.5)}, "n": -(2**40)}
    for protocol in range(6):
        path = tmp_path / f"{protocol}.pkl"
        path.write_bytes(pickle.dumps(data, protocol))
        assert load_pickle(path) == data


def test_every_opcode_is_known_or_refused():
    """A new protocol cannot slip in something that is neither."""
    from backend.engines.avatar import restricted_pickle as reader

    refused = {"PERSID", "BINPERSID", "INST", "OBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4", "DUP", "NEXT_BUFFER"}
    known = {*reader._PUSHED, *reader._CONSTANTS, *reader._ACTIONS, "STOP"}
    assert {code.name for code in pickletools.opcodes} - known == refused | {"READONLY_BUFFER"}
