// The table of functions, errors and events.
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "functions.h"
#include "handles.h"

namespace {
/// What the API calls: refuses a struct that lacks fields, and makes an error of a status.
template <typename Args, absl::Status (*function)(Args *), size_t size>
PJRT_Error *Call(Args *args) {
    if (args->struct_size < size) {
        return new PJRT_Error{absl::InvalidArgumentError(
            absl::StrCat("a struct of ", args->struct_size, " bytes where ", size, " are needed"))};
    }
    absl::Status status = function(args);
    return status.ok() ? nullptr : new PJRT_Error{std::move(status)};
}

void DestroyError(PJRT_Error_Destroy_Args *args) { delete args->error; }

void ErrorMessage(PJRT_Error_Message_Args *args) {
    args->message = args->error->status.message().data();
    args->message_size = args->error->status.message().size();
}

/// The table. TILESCOPE_TEST_PLUGIN_API_VERSION=major.minor makes it claim another version.
PJRT_Api MakeApi() {
    PJRT_Api api = {};
    api.struct_size = PJRT_Api_STRUCT_SIZE;
    api.pjrt_api_version.struct_size = PJRT_Api_Version_STRUCT_SIZE;
    api.pjrt_api_version.major_version = PJRT_API_MAJOR;
    api.pjrt_api_version.minor_version = PJRT_API_MINOR;
    if (const char *claim = std::getenv("TILESCOPE_TEST_PLUGIN_API_VERSION")) {
        std::sscanf(claim, "%d.%d", &api.pjrt_api_version.major_version, &api.pjrt_api_version.minor_version);
    }
    api.PJRT_Error_Destroy = DestroyError;
    api.PJRT_Error_Message = ErrorMessage;
#define SET(name) api.PJRT_##name = Call<PJRT_##name##_Args, name, PJRT_##name##_Args_STRUCT_SIZE>;
    FOR_EACH_FUNCTION(SET)
#undef SET
    return api;
}
}  // namespace

absl::Status Error_GetCode(PJRT_Error_GetCode_Args *args) {
    args->code = static_cast<PJRT_Error_Code>(args->error->status.code());
    return absl::OkStatus();
}

absl::Status Plugin_Initialize(PJRT_Plugin_Initialize_Args *args) { return absl::OkStatus(); }

absl::Status Event_Destroy(PJRT_Event_Destroy_Args *args) {
    delete args->event;
    return absl::OkStatus();
}

absl::Status Event_IsReady(PJRT_Event_IsReady_Args *args) {
    args->is_ready = args->event->future.IsReady();
    return absl::OkStatus();
}

absl::Status Event_Await(PJRT_Event_Await_Args *args) { return args->event->future.Await(); }

extern "C" __attribute__((visibility("default"))) const PJRT_Api *GetPjrtApi() {
    static const PJRT_Api api = MakeApi();
    return &api;
}
