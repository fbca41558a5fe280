// Stands in for a header of MLIR, which the TensorFlow package does not carry. XLA's own headers only pass these types
// along; nothing here calls them, so it is enough that they exist and have the right size: one pointer.
#pragma once

namespace mlir {
class MLIRContext;
class Operation;
template <typename Op> class OwningOpRef;

class ModuleOp {
    Operation *operation = nullptr;
};
}  // namespace mlir
