// What the opaque types of the PJRT C API are in this plugin.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "xla/future.h"
#include "xla/pjrt/c/pjrt_c_api.h"
#include "xla/pjrt/pjrt_client.h"

struct PJRT_Error {
    absl::Status status;
};

struct PJRT_Event {
    xla::Future<> future;
};

struct PJRT_DeviceDescription {
    int id;
    std::string kind;
};

struct PJRT_Device {
    xla::PjRtDevice *device;
    PJRT_DeviceDescription description;
    PJRT_Client *client;
};

/// What `PJRT_Client_Create` was asked for.
struct ClientOptions {
    std::optional<int64_t> cpu_device_count;
    /// Bytes that each device says it has; none: the devices do not tell.
    std::optional<int64_t> memory_limit;
    /// So many executions succeed; all later ones fail, as if the device was lost.
    std::optional<int64_t> fail_after;
    /// So many executions succeed; all later ones fail for want of memory.
    std::optional<int64_t> fail_memory_after;
};

struct PJRT_Client {
    ClientOptions options;
    std::unique_ptr<xla::PjRtClient> client;
    std::string platform_name, platform_version;
    std::list<PJRT_Device> devices;
    std::vector<PJRT_Device *> device_list;
    std::atomic<int64_t> executions = 0;
    std::mutex mutex;
    /// Under the mutex.
    std::set<PJRT_Buffer *> buffers;
};

/// Counts among its client's buffers as long as it lives.
struct PJRT_Buffer {
    PJRT_Buffer(std::unique_ptr<xla::PjRtBuffer> buffer, PJRT_Client *client)
        : buffer(std::move(buffer)), client(client) {
        std::lock_guard lock(client->mutex);
        client->buffers.insert(this);
    }
    ~PJRT_Buffer() {
        std::lock_guard lock(client->mutex);
        client->buffers.erase(this);
    }
    std::unique_ptr<xla::PjRtBuffer> buffer;
    PJRT_Client *client;
};

struct PJRT_LoadedExecutable {
    std::shared_ptr<xla::PjRtLoadedExecutable> program;
    PJRT_Client *client;
};

struct PJRT_Executable {
    std::shared_ptr<xla::PjRtLoadedExecutable> program;
};

struct PJRT_SerializedExecutable {
    std::string bytes;
};
