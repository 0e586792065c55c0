"""Has Apache TVM's ahead-of-time executor make C of an int8 TensorFlow Lite model.

    python aot.py MODEL.tflite -o model.tar [--input x.bin --expect y.bin]

The archive is TVM's model library format: codegen/host/src/default_lib*.c with
codegen/host/include/tvmgen_default.h. `marvelgen run --tvm model.tar` runs it. With --input TVM itself
executes the network on this machine, and writes what `marvelgen run --expect` wants. Which
packages bring a TVM that does this stands in README.md beside this file.
"""
import argparse
import os
import tarfile
import tempfile

import numpy
import tflite
import tvm

# Packages without the micro TVM runtime lack its session, which is of no use here, but
# tvm.micro, which writes the archive, wants to import it.
if not tvm.get_global_func("micro._rpc_connect", allow_missing=True):
    tvm.register_func("micro._rpc_connect", lambda *arguments: None)

from tvm import relay
from tvm.micro import model_library_format
from tvm.relay.backend import Executor, Runtime
from tvm.relay.frontend import tflite as frontend
from tvm.relay.qnn.op import legalizations


def scalar_or_vector(constant):
    """TVM's importer takes one scale for the weights of a fully connected layer; its
    operators take one for each output as well."""
    value = constant.data.numpy()
    return value.item() if value.size == 1 else value.astype(numpy.float32)


def without_runtime(folder, archive, modules):
    """Writes the archive without TVM's own runtime, which packages may not hold."""
    def nobody(info):
        info.uid = info.gid = info.mtime = 0
        info.uname = info.gname = "root"
        return info

    with tarfile.open(archive, "w") as tar:
        tar.add(str(folder), arcname=".", filter=nobody)


def execute(module, parameters, inputs, outputs):
    """Executes the samples in a file by TVM's own executor on this machine."""
    from tvm.contrib import graph_executor

    built = relay.build(module, target="c", params=parameters)
    with tempfile.TemporaryDirectory() as scratch:
        library = os.path.join(scratch, "network.so")
        built.export_library(library)  # compiled by this machine's compiler
        run = graph_executor.GraphModule(tvm.runtime.load_module(library)["default"](tvm.cpu()))
    variables = [v for v in module["main"].params if v.name_hint not in parameters]
    if len(variables) != 1:
        raise SystemExit("the network has %d inputs; --input takes one" % len(variables))
    kind = variables[0].checked_type if variables[0]._checked_type_ else variables[0].type_annotation
    samples = numpy.fromfile(inputs, kind.dtype).reshape((-1,) + tuple(int(n) for n in kind.shape))
    with open(outputs, "wb") as f:
        for sample in samples:
            run.set_input(variables[0].name_hint, sample)
            run.run()
            for i in range(run.get_num_outputs()):
                f.write(run.get_output(i).numpy().tobytes())


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("model", help="int8 model, .tflite")
    p.add_argument("-o", "--output", required=True, help="archive to write, .tar")
    p.add_argument("--name", default="default", help="module's name, in the names of functions and files")
    p.add_argument("--rounding", default="UPWARD", choices=["UPWARD", "TONEAREST"],
                   help="how TVM rounds when it rescales: UPWARD is its own default, TONEAREST nearer to TensorFlow Lite")
    p.add_argument("--calls", action="store_true",
                   help="functions ask for their workspace at run time, in place of places planned in one array")
    p.add_argument("--bytes", action="store_true",
                   help="weights and activations stay bytes, where TVM widens them to 16 bits for products")
    p.add_argument("--input", help="samples, raw elements one behind another (.bin)")
    p.add_argument("--expect", help="file to write TVM's outputs of these samples to")
    a = p.parse_args()
    if bool(a.input) != bool(a.expect):
        p.error("--input and --expect go together")

    frontend.get_scalar_from_constant = scalar_or_vector
    if a.bytes:
        legalizations.helper_no_fast_int8_hw_legalization = lambda attributes, inputs, types, operator: None
    model_library_format._make_tar = without_runtime
    with open(a.model, "rb") as f:
        model = tflite.Model.GetRootAsModel(f.read(), 0)
    module, parameters = relay.frontend.from_tflite(model)
    config = {"tir.disable_vectorize": True, "tir.usmp.enable": not a.calls}
    with tvm.transform.PassContext(opt_level=3, config=config), relay.qnn.op.requantize_config(rounding=a.rounding):
        if a.input:
            execute(module, parameters, a.input, a.expect)
        built = relay.build(module, target=tvm.target.Target("c"), runtime=Runtime("crt"), params=parameters, mod_name=a.name,
                            executor=Executor("aot", {"unpacked-api": True, "interface-api": "c"}))
    with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(a.output))) as scratch:
        part = os.path.join(scratch, "model.tar")
        model_library_format.export_model_library_format(built, part)
        os.replace(part, a.output)


if __name__ == "__main__":
    main()
