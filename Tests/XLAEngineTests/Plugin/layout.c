// Prints what Tilescope declares of the PJRT C API: values, sizes of structs, sizes and places of their fields.
//
//     cc -I Sources/CPJRT/include layout.c                    our declarations
//     cc -DPJRT_HEADER='"/path/pjrt_c_api.h"' layout.c        the real ones
//
// Both must print the same. `PJRT_Api` has no size here: ours ends early, on purpose.
#ifndef PJRT_HEADER
#define PJRT_HEADER "CPJRT.h"
#endif
#include PJRT_HEADER

#include <stdio.h>

#define SIZE(type) printf("%s: %zu bytes\n", #type, sizeof(type))
#define FIELD(type, name) \
    printf("%s.%s: %zu bytes at %zu\n", #type, #name, sizeof(((type *)0)->name), offsetof(type, name))
#define VALUE(name) printf("%s = %d\n", #name, (int)(name))

int main(void) {
    VALUE(PJRT_API_MAJOR);
    VALUE(PJRT_API_MINOR);

    SIZE(PJRT_Api_Version);
    FIELD(PJRT_Api_Version, struct_size);
    FIELD(PJRT_Api_Version, extension_start);
    FIELD(PJRT_Api_Version, major_version);
    FIELD(PJRT_Api_Version, minor_version);

    VALUE(PJRT_Error_Code_OK);
    VALUE(PJRT_Error_Code_CANCELLED);
    VALUE(PJRT_Error_Code_UNKNOWN);
    VALUE(PJRT_Error_Code_INVALID_ARGUMENT);
    VALUE(PJRT_Error_Code_DEADLINE_EXCEEDED);
    VALUE(PJRT_Error_Code_NOT_FOUND);
    VALUE(PJRT_Error_Code_ALREADY_EXISTS);
    VALUE(PJRT_Error_Code_PERMISSION_DENIED);
    VALUE(PJRT_Error_Code_RESOURCE_EXHAUSTED);
    VALUE(PJRT_Error_Code_FAILED_PRECONDITION);
    VALUE(PJRT_Error_Code_ABORTED);
    VALUE(PJRT_Error_Code_OUT_OF_RANGE);
    VALUE(PJRT_Error_Code_UNIMPLEMENTED);
    VALUE(PJRT_Error_Code_INTERNAL);
    VALUE(PJRT_Error_Code_UNAVAILABLE);
    VALUE(PJRT_Error_Code_DATA_LOSS);
    VALUE(PJRT_Error_Code_UNAUTHENTICATED);

    SIZE(PJRT_Error_Destroy_Args);
    FIELD(PJRT_Error_Destroy_Args, struct_size);
    FIELD(PJRT_Error_Destroy_Args, extension_start);
    FIELD(PJRT_Error_Destroy_Args, error);

    SIZE(PJRT_Error_Message_Args);
    FIELD(PJRT_Error_Message_Args, struct_size);
    FIELD(PJRT_Error_Message_Args, extension_start);
    FIELD(PJRT_Error_Message_Args, error);
    FIELD(PJRT_Error_Message_Args, message);
    FIELD(PJRT_Error_Message_Args, message_size);

    SIZE(PJRT_Error_GetCode_Args);
    FIELD(PJRT_Error_GetCode_Args, struct_size);
    FIELD(PJRT_Error_GetCode_Args, extension_start);
    FIELD(PJRT_Error_GetCode_Args, error);
    FIELD(PJRT_Error_GetCode_Args, code);

    VALUE(PJRT_NamedValue_kString);
    VALUE(PJRT_NamedValue_kInt64);
    VALUE(PJRT_NamedValue_kInt64List);
    VALUE(PJRT_NamedValue_kFloat);
    VALUE(PJRT_NamedValue_kBool);

    SIZE(PJRT_NamedValue);
    FIELD(PJRT_NamedValue, struct_size);
    FIELD(PJRT_NamedValue, extension_start);
    FIELD(PJRT_NamedValue, name);
    FIELD(PJRT_NamedValue, name_size);
    FIELD(PJRT_NamedValue, type);
    FIELD(PJRT_NamedValue, string_value);
    FIELD(PJRT_NamedValue, int64_value);
    FIELD(PJRT_NamedValue, int64_array_value);
    FIELD(PJRT_NamedValue, float_value);
    FIELD(PJRT_NamedValue, bool_value);
    FIELD(PJRT_NamedValue, value_size);

    SIZE(PJRT_Plugin_Initialize_Args);
    FIELD(PJRT_Plugin_Initialize_Args, struct_size);
    FIELD(PJRT_Plugin_Initialize_Args, extension_start);

    SIZE(PJRT_Event_Destroy_Args);
    FIELD(PJRT_Event_Destroy_Args, struct_size);
    FIELD(PJRT_Event_Destroy_Args, extension_start);
    FIELD(PJRT_Event_Destroy_Args, event);

    SIZE(PJRT_Event_IsReady_Args);
    FIELD(PJRT_Event_IsReady_Args, struct_size);
    FIELD(PJRT_Event_IsReady_Args, extension_start);
    FIELD(PJRT_Event_IsReady_Args, event);
    FIELD(PJRT_Event_IsReady_Args, is_ready);

    SIZE(PJRT_Event_Await_Args);
    FIELD(PJRT_Event_Await_Args, struct_size);
    FIELD(PJRT_Event_Await_Args, extension_start);
    FIELD(PJRT_Event_Await_Args, event);

    SIZE(PJRT_Client_Create_Args);
    FIELD(PJRT_Client_Create_Args, struct_size);
    FIELD(PJRT_Client_Create_Args, extension_start);
    FIELD(PJRT_Client_Create_Args, create_options);
    FIELD(PJRT_Client_Create_Args, num_options);
    FIELD(PJRT_Client_Create_Args, kv_get_callback);
    FIELD(PJRT_Client_Create_Args, kv_get_user_arg);
    FIELD(PJRT_Client_Create_Args, kv_put_callback);
    FIELD(PJRT_Client_Create_Args, kv_put_user_arg);
    FIELD(PJRT_Client_Create_Args, client);
    FIELD(PJRT_Client_Create_Args, kv_try_get_callback);
    FIELD(PJRT_Client_Create_Args, kv_try_get_user_arg);

    SIZE(PJRT_Client_Destroy_Args);
    FIELD(PJRT_Client_Destroy_Args, struct_size);
    FIELD(PJRT_Client_Destroy_Args, extension_start);
    FIELD(PJRT_Client_Destroy_Args, client);

    SIZE(PJRT_Client_PlatformName_Args);
    FIELD(PJRT_Client_PlatformName_Args, struct_size);
    FIELD(PJRT_Client_PlatformName_Args, extension_start);
    FIELD(PJRT_Client_PlatformName_Args, client);
    FIELD(PJRT_Client_PlatformName_Args, platform_name);
    FIELD(PJRT_Client_PlatformName_Args, platform_name_size);

    SIZE(PJRT_Client_PlatformVersion_Args);
    FIELD(PJRT_Client_PlatformVersion_Args, struct_size);
    FIELD(PJRT_Client_PlatformVersion_Args, extension_start);
    FIELD(PJRT_Client_PlatformVersion_Args, client);
    FIELD(PJRT_Client_PlatformVersion_Args, platform_version);
    FIELD(PJRT_Client_PlatformVersion_Args, platform_version_size);

    SIZE(PJRT_Client_AddressableDevices_Args);
    FIELD(PJRT_Client_AddressableDevices_Args, struct_size);
    FIELD(PJRT_Client_AddressableDevices_Args, extension_start);
    FIELD(PJRT_Client_AddressableDevices_Args, client);
    FIELD(PJRT_Client_AddressableDevices_Args, addressable_devices);
    FIELD(PJRT_Client_AddressableDevices_Args, num_addressable_devices);

    SIZE(PJRT_Program);
    FIELD(PJRT_Program, struct_size);
    FIELD(PJRT_Program, extension_start);
    FIELD(PJRT_Program, code);
    FIELD(PJRT_Program, code_size);
    FIELD(PJRT_Program, format);
    FIELD(PJRT_Program, format_size);

    SIZE(PJRT_Client_Compile_Args);
    FIELD(PJRT_Client_Compile_Args, struct_size);
    FIELD(PJRT_Client_Compile_Args, extension_start);
    FIELD(PJRT_Client_Compile_Args, client);
    FIELD(PJRT_Client_Compile_Args, program);
    FIELD(PJRT_Client_Compile_Args, compile_options);
    FIELD(PJRT_Client_Compile_Args, compile_options_size);
    FIELD(PJRT_Client_Compile_Args, executable);

    SIZE(PJRT_DeviceDescription_Id_Args);
    FIELD(PJRT_DeviceDescription_Id_Args, struct_size);
    FIELD(PJRT_DeviceDescription_Id_Args, extension_start);
    FIELD(PJRT_DeviceDescription_Id_Args, device_description);
    FIELD(PJRT_DeviceDescription_Id_Args, id);

    SIZE(PJRT_DeviceDescription_Kind_Args);
    FIELD(PJRT_DeviceDescription_Kind_Args, struct_size);
    FIELD(PJRT_DeviceDescription_Kind_Args, extension_start);
    FIELD(PJRT_DeviceDescription_Kind_Args, device_description);
    FIELD(PJRT_DeviceDescription_Kind_Args, device_kind);
    FIELD(PJRT_DeviceDescription_Kind_Args, device_kind_size);

    SIZE(PJRT_Device_GetDescription_Args);
    FIELD(PJRT_Device_GetDescription_Args, struct_size);
    FIELD(PJRT_Device_GetDescription_Args, extension_start);
    FIELD(PJRT_Device_GetDescription_Args, device);
    FIELD(PJRT_Device_GetDescription_Args, device_description);

    SIZE(PJRT_Device_MemoryStats_Args);
    FIELD(PJRT_Device_MemoryStats_Args, struct_size);
    FIELD(PJRT_Device_MemoryStats_Args, extension_start);
    FIELD(PJRT_Device_MemoryStats_Args, device);
    FIELD(PJRT_Device_MemoryStats_Args, bytes_in_use);
    FIELD(PJRT_Device_MemoryStats_Args, peak_bytes_in_use);
    FIELD(PJRT_Device_MemoryStats_Args, peak_bytes_in_use_is_set);
    FIELD(PJRT_Device_MemoryStats_Args, num_allocs);
    FIELD(PJRT_Device_MemoryStats_Args, num_allocs_is_set);
    FIELD(PJRT_Device_MemoryStats_Args, largest_alloc_size);
    FIELD(PJRT_Device_MemoryStats_Args, largest_alloc_size_is_set);
    FIELD(PJRT_Device_MemoryStats_Args, bytes_limit);
    FIELD(PJRT_Device_MemoryStats_Args, bytes_limit_is_set);
    FIELD(PJRT_Device_MemoryStats_Args, bytes_reserved);
    FIELD(PJRT_Device_MemoryStats_Args, bytes_reserved_is_set);
    FIELD(PJRT_Device_MemoryStats_Args, peak_bytes_reserved);
    FIELD(PJRT_Device_MemoryStats_Args, peak_bytes_reserved_is_set);
    FIELD(PJRT_Device_MemoryStats_Args, bytes_reservable_limit);
    FIELD(PJRT_Device_MemoryStats_Args, bytes_reservable_limit_is_set);
    FIELD(PJRT_Device_MemoryStats_Args, largest_free_block_bytes);
    FIELD(PJRT_Device_MemoryStats_Args, largest_free_block_bytes_is_set);
    FIELD(PJRT_Device_MemoryStats_Args, pool_bytes);
    FIELD(PJRT_Device_MemoryStats_Args, pool_bytes_is_set);
    FIELD(PJRT_Device_MemoryStats_Args, peak_pool_bytes);
    FIELD(PJRT_Device_MemoryStats_Args, peak_pool_bytes_is_set);

    VALUE(PJRT_Buffer_Type_INVALID);
    VALUE(PJRT_Buffer_Type_PRED);
    VALUE(PJRT_Buffer_Type_S8);
    VALUE(PJRT_Buffer_Type_S16);
    VALUE(PJRT_Buffer_Type_S32);
    VALUE(PJRT_Buffer_Type_S64);
    VALUE(PJRT_Buffer_Type_U8);
    VALUE(PJRT_Buffer_Type_U16);
    VALUE(PJRT_Buffer_Type_U32);
    VALUE(PJRT_Buffer_Type_U64);
    VALUE(PJRT_Buffer_Type_F16);
    VALUE(PJRT_Buffer_Type_F32);
    VALUE(PJRT_Buffer_Type_F64);
    VALUE(PJRT_Buffer_Type_BF16);

    VALUE(PJRT_HostBufferSemantics_kImmutableOnlyDuringCall);
    VALUE(PJRT_HostBufferSemantics_kImmutableUntilTransferCompletes);
    VALUE(PJRT_HostBufferSemantics_kImmutableZeroCopy);
    VALUE(PJRT_HostBufferSemantics_kMutableZeroCopy);

    VALUE(PJRT_Buffer_MemoryLayout_Type_Tiled);
    VALUE(PJRT_Buffer_MemoryLayout_Type_Strides);

    SIZE(PJRT_Buffer_MemoryLayout_Tiled);
    FIELD(PJRT_Buffer_MemoryLayout_Tiled, struct_size);
    FIELD(PJRT_Buffer_MemoryLayout_Tiled, extension_start);
    FIELD(PJRT_Buffer_MemoryLayout_Tiled, minor_to_major);
    FIELD(PJRT_Buffer_MemoryLayout_Tiled, minor_to_major_size);
    FIELD(PJRT_Buffer_MemoryLayout_Tiled, tile_dims);
    FIELD(PJRT_Buffer_MemoryLayout_Tiled, tile_dim_sizes);
    FIELD(PJRT_Buffer_MemoryLayout_Tiled, num_tiles);

    SIZE(PJRT_Buffer_MemoryLayout_Strides);
    FIELD(PJRT_Buffer_MemoryLayout_Strides, struct_size);
    FIELD(PJRT_Buffer_MemoryLayout_Strides, extension_start);
    FIELD(PJRT_Buffer_MemoryLayout_Strides, byte_strides);
    FIELD(PJRT_Buffer_MemoryLayout_Strides, num_byte_strides);

    SIZE(PJRT_Buffer_MemoryLayout);
    FIELD(PJRT_Buffer_MemoryLayout, struct_size);
    FIELD(PJRT_Buffer_MemoryLayout, extension_start);
    FIELD(PJRT_Buffer_MemoryLayout, tiled);
    FIELD(PJRT_Buffer_MemoryLayout, strides);
    FIELD(PJRT_Buffer_MemoryLayout, type);

    SIZE(PJRT_Client_BufferFromHostBuffer_Args);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, struct_size);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, extension_start);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, client);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, data);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, type);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, dims);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, num_dims);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, byte_strides);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, num_byte_strides);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, host_buffer_semantics);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, device);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, memory);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, device_layout);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, done_with_host_buffer);
    FIELD(PJRT_Client_BufferFromHostBuffer_Args, buffer);

    SIZE(PJRT_Buffer_Destroy_Args);
    FIELD(PJRT_Buffer_Destroy_Args, struct_size);
    FIELD(PJRT_Buffer_Destroy_Args, extension_start);
    FIELD(PJRT_Buffer_Destroy_Args, buffer);

    SIZE(PJRT_Buffer_ToHostBuffer_Args);
    FIELD(PJRT_Buffer_ToHostBuffer_Args, struct_size);
    FIELD(PJRT_Buffer_ToHostBuffer_Args, extension_start);
    FIELD(PJRT_Buffer_ToHostBuffer_Args, src);
    FIELD(PJRT_Buffer_ToHostBuffer_Args, host_layout);
    FIELD(PJRT_Buffer_ToHostBuffer_Args, dst);
    FIELD(PJRT_Buffer_ToHostBuffer_Args, dst_size);
    FIELD(PJRT_Buffer_ToHostBuffer_Args, event);

    SIZE(PJRT_Buffer_IsDeleted_Args);
    FIELD(PJRT_Buffer_IsDeleted_Args, struct_size);
    FIELD(PJRT_Buffer_IsDeleted_Args, extension_start);
    FIELD(PJRT_Buffer_IsDeleted_Args, buffer);
    FIELD(PJRT_Buffer_IsDeleted_Args, is_deleted);

    SIZE(PJRT_Executable_Destroy_Args);
    FIELD(PJRT_Executable_Destroy_Args, struct_size);
    FIELD(PJRT_Executable_Destroy_Args, extension_start);
    FIELD(PJRT_Executable_Destroy_Args, executable);

    SIZE(PJRT_Executable_NumOutputs_Args);
    FIELD(PJRT_Executable_NumOutputs_Args, struct_size);
    FIELD(PJRT_Executable_NumOutputs_Args, extension_start);
    FIELD(PJRT_Executable_NumOutputs_Args, executable);
    FIELD(PJRT_Executable_NumOutputs_Args, num_outputs);

    SIZE(PJRT_Executable_GetCompiledMemoryStats_Args);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, struct_size);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, extension_start);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, executable);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, generated_code_size_in_bytes);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, argument_size_in_bytes);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, output_size_in_bytes);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, alias_size_in_bytes);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, temp_size_in_bytes);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, host_generated_code_size_in_bytes);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, host_argument_size_in_bytes);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, host_output_size_in_bytes);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, host_alias_size_in_bytes);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, host_temp_size_in_bytes);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, peak_memory_in_bytes);
    FIELD(PJRT_Executable_GetCompiledMemoryStats_Args, total_size_in_bytes);

    SIZE(PJRT_Executable_OptimizedProgram_Args);
    FIELD(PJRT_Executable_OptimizedProgram_Args, struct_size);
    FIELD(PJRT_Executable_OptimizedProgram_Args, extension_start);
    FIELD(PJRT_Executable_OptimizedProgram_Args, executable);
    FIELD(PJRT_Executable_OptimizedProgram_Args, program);

    SIZE(PJRT_Executable_Serialize_Args);
    FIELD(PJRT_Executable_Serialize_Args, struct_size);
    FIELD(PJRT_Executable_Serialize_Args, extension_start);
    FIELD(PJRT_Executable_Serialize_Args, executable);
    FIELD(PJRT_Executable_Serialize_Args, serialized_bytes);
    FIELD(PJRT_Executable_Serialize_Args, serialized_bytes_size);
    FIELD(PJRT_Executable_Serialize_Args, serialized_executable);
    FIELD(PJRT_Executable_Serialize_Args, serialized_executable_deleter);

    SIZE(PJRT_Executable_DeserializeAndLoad_Args);
    FIELD(PJRT_Executable_DeserializeAndLoad_Args, struct_size);
    FIELD(PJRT_Executable_DeserializeAndLoad_Args, extension_start);
    FIELD(PJRT_Executable_DeserializeAndLoad_Args, client);
    FIELD(PJRT_Executable_DeserializeAndLoad_Args, serialized_executable);
    FIELD(PJRT_Executable_DeserializeAndLoad_Args, serialized_executable_size);
    FIELD(PJRT_Executable_DeserializeAndLoad_Args, loaded_executable);
    FIELD(PJRT_Executable_DeserializeAndLoad_Args, overridden_serialized_compile_options);
    FIELD(PJRT_Executable_DeserializeAndLoad_Args, overridden_serialized_compile_options_size);

    SIZE(PJRT_LoadedExecutable_Destroy_Args);
    FIELD(PJRT_LoadedExecutable_Destroy_Args, struct_size);
    FIELD(PJRT_LoadedExecutable_Destroy_Args, extension_start);
    FIELD(PJRT_LoadedExecutable_Destroy_Args, executable);

    SIZE(PJRT_LoadedExecutable_GetExecutable_Args);
    FIELD(PJRT_LoadedExecutable_GetExecutable_Args, struct_size);
    FIELD(PJRT_LoadedExecutable_GetExecutable_Args, extension_start);
    FIELD(PJRT_LoadedExecutable_GetExecutable_Args, loaded_executable);
    FIELD(PJRT_LoadedExecutable_GetExecutable_Args, executable);

    SIZE(PJRT_ExecuteOptions);
    FIELD(PJRT_ExecuteOptions, struct_size);
    FIELD(PJRT_ExecuteOptions, extension_start);
    FIELD(PJRT_ExecuteOptions, send_callbacks);
    FIELD(PJRT_ExecuteOptions, recv_callbacks);
    FIELD(PJRT_ExecuteOptions, num_send_ops);
    FIELD(PJRT_ExecuteOptions, num_recv_ops);
    FIELD(PJRT_ExecuteOptions, launch_id);
    FIELD(PJRT_ExecuteOptions, non_donatable_input_indices);
    FIELD(PJRT_ExecuteOptions, num_non_donatable_input_indices);
    FIELD(PJRT_ExecuteOptions, context);
    FIELD(PJRT_ExecuteOptions, call_location);
    FIELD(PJRT_ExecuteOptions, num_tasks);
    FIELD(PJRT_ExecuteOptions, task_ids);
    FIELD(PJRT_ExecuteOptions, incarnation_ids);

    SIZE(PJRT_LoadedExecutable_Execute_Args);
    FIELD(PJRT_LoadedExecutable_Execute_Args, struct_size);
    FIELD(PJRT_LoadedExecutable_Execute_Args, extension_start);
    FIELD(PJRT_LoadedExecutable_Execute_Args, executable);
    FIELD(PJRT_LoadedExecutable_Execute_Args, options);
    FIELD(PJRT_LoadedExecutable_Execute_Args, argument_lists);
    FIELD(PJRT_LoadedExecutable_Execute_Args, num_devices);
    FIELD(PJRT_LoadedExecutable_Execute_Args, num_args);
    FIELD(PJRT_LoadedExecutable_Execute_Args, output_lists);
    FIELD(PJRT_LoadedExecutable_Execute_Args, device_complete_events);
    FIELD(PJRT_LoadedExecutable_Execute_Args, execute_device);

    SIZE(PJRT_TopologyDescription_Create_Args);
    FIELD(PJRT_TopologyDescription_Create_Args, struct_size);
    FIELD(PJRT_TopologyDescription_Create_Args, extension_start);
    FIELD(PJRT_TopologyDescription_Create_Args, topology_name);
    FIELD(PJRT_TopologyDescription_Create_Args, topology_name_size);
    FIELD(PJRT_TopologyDescription_Create_Args, create_options);
    FIELD(PJRT_TopologyDescription_Create_Args, num_options);
    FIELD(PJRT_TopologyDescription_Create_Args, topology);

    SIZE(PJRT_TopologyDescription_Destroy_Args);
    FIELD(PJRT_TopologyDescription_Destroy_Args, struct_size);
    FIELD(PJRT_TopologyDescription_Destroy_Args, extension_start);
    FIELD(PJRT_TopologyDescription_Destroy_Args, topology);

    SIZE(PJRT_Compile_Args);
    FIELD(PJRT_Compile_Args, struct_size);
    FIELD(PJRT_Compile_Args, extension_start);
    FIELD(PJRT_Compile_Args, topology);
    FIELD(PJRT_Compile_Args, program);
    FIELD(PJRT_Compile_Args, compile_options);
    FIELD(PJRT_Compile_Args, compile_options_size);
    FIELD(PJRT_Compile_Args, client);
    FIELD(PJRT_Compile_Args, executable);

    FIELD(PJRT_Api, struct_size);
    FIELD(PJRT_Api, extension_start);
    FIELD(PJRT_Api, pjrt_api_version);
    FIELD(PJRT_Api, PJRT_Error_Destroy);
    FIELD(PJRT_Api, PJRT_Error_Message);
    FIELD(PJRT_Api, PJRT_Error_GetCode);
    FIELD(PJRT_Api, PJRT_Plugin_Initialize);
    FIELD(PJRT_Api, PJRT_Event_Destroy);
    FIELD(PJRT_Api, PJRT_Event_IsReady);
    FIELD(PJRT_Api, PJRT_Event_Await);
    FIELD(PJRT_Api, PJRT_Client_Create);
    FIELD(PJRT_Api, PJRT_Client_Destroy);
    FIELD(PJRT_Api, PJRT_Client_PlatformName);
    FIELD(PJRT_Api, PJRT_Client_PlatformVersion);
    FIELD(PJRT_Api, PJRT_Client_AddressableDevices);
    FIELD(PJRT_Api, PJRT_Client_Compile);
    FIELD(PJRT_Api, PJRT_Client_BufferFromHostBuffer);
    FIELD(PJRT_Api, PJRT_DeviceDescription_Id);
    FIELD(PJRT_Api, PJRT_DeviceDescription_Kind);
    FIELD(PJRT_Api, PJRT_Device_GetDescription);
    FIELD(PJRT_Api, PJRT_Device_MemoryStats);
    FIELD(PJRT_Api, PJRT_Executable_Destroy);
    FIELD(PJRT_Api, PJRT_Executable_NumOutputs);
    FIELD(PJRT_Api, PJRT_Executable_OptimizedProgram);
    FIELD(PJRT_Api, PJRT_Executable_Serialize);
    FIELD(PJRT_Api, PJRT_LoadedExecutable_Destroy);
    FIELD(PJRT_Api, PJRT_LoadedExecutable_GetExecutable);
    FIELD(PJRT_Api, PJRT_LoadedExecutable_Execute);
    FIELD(PJRT_Api, PJRT_Executable_DeserializeAndLoad);
    FIELD(PJRT_Api, PJRT_Buffer_Destroy);
    FIELD(PJRT_Api, PJRT_Buffer_IsDeleted);
    FIELD(PJRT_Api, PJRT_Buffer_ToHostBuffer);
    FIELD(PJRT_Api, PJRT_TopologyDescription_Create);
    FIELD(PJRT_Api, PJRT_TopologyDescription_Destroy);
    FIELD(PJRT_Api, PJRT_Compile);
    FIELD(PJRT_Api, PJRT_Executable_GetCompiledMemoryStats);
    return 0;
}
