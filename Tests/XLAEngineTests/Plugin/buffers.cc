// Arrays, to the device and back.
#include "functions.h"
#include "handles.h"
#include "xla/layout_util.h"
#include "xla/literal.h"
#include "xla/shape_util.h"
#include "xla/tsl/platform/errors.h"
#include "xla/tsl/platform/statusor.h"

namespace {
absl::StatusOr<xla::PrimitiveType> ElementType(PJRT_Buffer_Type type) {
    switch (type) {
        case PJRT_Buffer_Type_PRED: return xla::PRED;
        case PJRT_Buffer_Type_S32: return xla::S32;
        case PJRT_Buffer_Type_S64: return xla::S64;
        case PJRT_Buffer_Type_U8: return xla::U8;
        case PJRT_Buffer_Type_U32: return xla::U32;
        case PJRT_Buffer_Type_U64: return xla::U64;
        case PJRT_Buffer_Type_F16: return xla::F16;
        case PJRT_Buffer_Type_F32: return xla::F32;
        case PJRT_Buffer_Type_F64: return xla::F64;
        case PJRT_Buffer_Type_BF16: return xla::BF16;
        default: return absl::UnimplementedError("this type of element is not part of the test plugin");
    }
}
}  // namespace

absl::Status Client_BufferFromHostBuffer(PJRT_Client_BufferFromHostBuffer_Args *args) {
    if (args->memory || args->device_layout) {
        return absl::UnimplementedError("memories and layouts are not part of the test plugin");
    }
    TF_ASSIGN_OR_RETURN(xla::PrimitiveType type, ElementType(args->type));
    TF_ASSIGN_OR_RETURN(xla::PjRtMemorySpace *memory, args->device->device->default_memory_space());
    std::optional<absl::Span<const int64_t>> strides;
    if (args->num_byte_strides > 0) strides.emplace(args->byte_strides, args->num_byte_strides);
    auto [promise, done] = xla::MakePromise<>();
    TF_ASSIGN_OR_RETURN(
        std::unique_ptr<xla::PjRtBuffer> buffer,
        args->client->client->BufferFromHostBuffer(
            args->data, type, absl::MakeConstSpan(args->dims, args->num_dims), strides,
            static_cast<xla::PjRtClient::HostBufferSemantics>(args->host_buffer_semantics),
            [promise = std::move(promise)]() mutable { promise.Set(); }, memory, /*device_layout=*/nullptr));
    args->buffer = new PJRT_Buffer(std::move(buffer), args->client);
    args->done_with_host_buffer = new PJRT_Event{std::move(done)};
    return absl::OkStatus();
}

absl::Status Buffer_Destroy(PJRT_Buffer_Destroy_Args *args) {
    delete args->buffer;
    return absl::OkStatus();
}

absl::Status Buffer_IsDeleted(PJRT_Buffer_IsDeleted_Args *args) {
    args->is_deleted = args->buffer->buffer->IsDeleted();
    return absl::OkStatus();
}

absl::Status Buffer_ToHostBuffer(PJRT_Buffer_ToHostBuffer_Args *args) {
    xla::PjRtBuffer &buffer = *args->src->buffer;
    xla::Shape shape = xla::ShapeUtil::MakeShape(buffer.element_type(), buffer.dimensions());
    if (args->host_layout && args->host_layout->type != PJRT_Buffer_MemoryLayout_Type_Tiled) {
        return absl::UnimplementedError("strides are not part of the test plugin");
    }
    if (args->host_layout) {
        const PJRT_Buffer_MemoryLayout_Tiled &layout = args->host_layout->tiled;
        *shape.mutable_layout() =
            xla::LayoutUtil::MakeLayout(absl::MakeConstSpan(layout.minor_to_major, layout.minor_to_major_size));
    } else {
        *shape.mutable_layout() = buffer.layout()->xla_layout();
    }
    size_t needed = xla::ShapeUtil::ByteSizeOf(shape);
    if (!args->dst) {
        args->dst_size = needed;
        return absl::OkStatus();
    }
    if (args->dst_size < needed) return absl::InvalidArgumentError("too little room for the array");
    auto literal = std::make_shared<xla::MutableBorrowingLiteral>(static_cast<char *>(args->dst), shape);
    xla::Future<> copied = buffer.ToLiteral(literal.get());
    copied.OnReady([literal](absl::Status) {});
    args->event = new PJRT_Event{std::move(copied)};
    return absl::OkStatus();
}
