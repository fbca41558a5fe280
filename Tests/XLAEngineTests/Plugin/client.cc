// The client and its devices.
#include "absl/strings/str_cat.h"
#include "functions.h"
#include "handles.h"
#include "xla/pjrt/plugin/xla_cpu/cpu_client_options.h"
#include "xla/pjrt/plugin/xla_cpu/xla_cpu_pjrt_client.h"
#include "xla/tsl/platform/errors.h"
#include "xla/tsl/platform/statusor.h"

namespace {
absl::StatusOr<ClientOptions> ReadOptions(const PJRT_NamedValue *values, size_t count) {
    ClientOptions options;
    for (size_t index = 0; index < count; index++) {
        const PJRT_NamedValue &value = values[index];
        absl::string_view name(value.name, value.name_size);
        if (value.type != PJRT_NamedValue_kInt64) {
            return absl::InvalidArgumentError(absl::StrCat("option ", name, " must be an integer"));
        }
        if (name == "cpu_device_count") {
            options.cpu_device_count = value.int64_value;
        } else if (name == "memory_limit") {
            options.memory_limit = value.int64_value;
        } else if (name == "fail_after") {
            options.fail_after = value.int64_value;
        } else if (name == "fail_memory_after") {
            options.fail_memory_after = value.int64_value;
        } else {
            return absl::InvalidArgumentError(absl::StrCat("unknown option ", name));
        }
    }
    return options;
}
}  // namespace

absl::Status Client_Create(PJRT_Client_Create_Args *args) {
    auto made = std::make_unique<PJRT_Client>();
    TF_ASSIGN_OR_RETURN(made->options, ReadOptions(args->create_options, args->num_options));
    xla::CpuClientOptions options;
    options.cpu_device_count = made->options.cpu_device_count.value_or(1);
    TF_ASSIGN_OR_RETURN(made->client, xla::GetXlaPjrtCpuClient(options));
    made->platform_name = made->client->platform_name();
    made->platform_version = made->client->platform_version();
    for (xla::PjRtDevice *device : made->client->addressable_devices()) {
        PJRT_DeviceDescription description{device->id(), std::string(device->device_kind())};
        made->devices.push_back({device, description, made.get()});
        made->device_list.push_back(&made->devices.back());
    }
    args->client = made.release();
    return absl::OkStatus();
}

absl::Status Client_Destroy(PJRT_Client_Destroy_Args *args) {
    delete args->client;
    return absl::OkStatus();
}

absl::Status Client_PlatformName(PJRT_Client_PlatformName_Args *args) {
    args->platform_name = args->client->platform_name.data();
    args->platform_name_size = args->client->platform_name.size();
    return absl::OkStatus();
}

absl::Status Client_PlatformVersion(PJRT_Client_PlatformVersion_Args *args) {
    args->platform_version = args->client->platform_version.data();
    args->platform_version_size = args->client->platform_version.size();
    return absl::OkStatus();
}

absl::Status Client_AddressableDevices(PJRT_Client_AddressableDevices_Args *args) {
    args->addressable_devices = args->client->device_list.data();
    args->num_addressable_devices = args->client->device_list.size();
    return absl::OkStatus();
}

absl::Status DeviceDescription_Id(PJRT_DeviceDescription_Id_Args *args) {
    args->id = args->device_description->id;
    return absl::OkStatus();
}

absl::Status DeviceDescription_Kind(PJRT_DeviceDescription_Kind_Args *args) {
    args->device_kind = args->device_description->kind.data();
    args->device_kind_size = args->device_description->kind.size();
    return absl::OkStatus();
}

absl::Status Device_GetDescription(PJRT_Device_GetDescription_Args *args) {
    args->device_description = &args->device->description;
    return absl::OkStatus();
}

absl::Status Device_MemoryStats(PJRT_Device_MemoryStats_Args *args) {
    PJRT_Client *client = args->device->client;
    if (!client->options.memory_limit) return absl::UnimplementedError("this CPU does not tell its memory");
    args->bytes_limit = *client->options.memory_limit;
    args->bytes_limit_is_set = true;
    args->bytes_in_use = 0;
    std::lock_guard lock(client->mutex);
    for (PJRT_Buffer *buffer : client->buffers) {
        if (buffer->buffer->device() != args->device->device || buffer->buffer->IsDeleted()) continue;
        TF_ASSIGN_OR_RETURN(size_t bytes, buffer->buffer->GetOnDeviceSizeInBytes());
        args->bytes_in_use += bytes;
    }
    return absl::OkStatus();
}
