// The functions of this plugin: `Client_Create` is the API's `PJRT_Client_Create`, and so on. They return a status;
// api.cc turns it into the API's errors.
#pragma once

#include "absl/status/status.h"
#include "xla/pjrt/c/pjrt_c_api.h"

#define FOR_EACH_FUNCTION(DO)              \
    DO(Error_GetCode)                      \
    DO(Plugin_Initialize)                  \
    DO(Event_Destroy)                      \
    DO(Event_IsReady)                      \
    DO(Event_Await)                        \
    DO(Client_Create)                      \
    DO(Client_Destroy)                     \
    DO(Client_PlatformName)                \
    DO(Client_PlatformVersion)             \
    DO(Client_AddressableDevices)          \
    DO(Client_Compile)                     \
    DO(Client_BufferFromHostBuffer)        \
    DO(DeviceDescription_Id)               \
    DO(DeviceDescription_Kind)             \
    DO(Device_GetDescription)              \
    DO(Device_MemoryStats)                 \
    DO(Executable_Destroy)                 \
    DO(Executable_NumOutputs)              \
    DO(Executable_GetCompiledMemoryStats)  \
    DO(Executable_OptimizedProgram)        \
    DO(Executable_Serialize)               \
    DO(Executable_DeserializeAndLoad)      \
    DO(LoadedExecutable_Destroy)           \
    DO(LoadedExecutable_GetExecutable)     \
    DO(LoadedExecutable_Execute)           \
    DO(Buffer_Destroy)                     \
    DO(Buffer_IsDeleted)                   \
    DO(Buffer_ToHostBuffer)

#define DECLARE(name) absl::Status name(PJRT_##name##_Args *args);
FOR_EACH_FUNCTION(DECLARE)
#undef DECLARE
