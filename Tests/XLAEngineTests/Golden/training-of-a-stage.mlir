module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%a0: tensor<32xf32> {tf.aliasing_output = 1 : i32}, %a1: tensor<32xf32> {tf.aliasing_output = 2 : i32}, %a2: tensor<32xf32> {tf.aliasing_output = 3 : i32}, %a3: tensor<32xf32> {tf.aliasing_output = 4 : i32}, %a4: tensor<64x32x3x3xf32> {tf.aliasing_output = 5 : i32}, %a5: tensor<64xf32> {tf.aliasing_output = 6 : i32}, %a6: tensor<64xf32> {tf.aliasing_output = 7 : i32}, %a7: tensor<64xf32> {tf.aliasing_output = 8 : i32}, %a8: tensor<64xf32> {tf.aliasing_output = 9 : i32}, %a9: tensor<64x64x3x3xf32> {tf.aliasing_output = 10 : i32}, %a10: tensor<64x32x1x1xf32> {tf.aliasing_output = 11 : i32}, %a11: tensor<64xf32> {tf.aliasing_output = 12 : i32}, %a12: tensor<64xf32> {tf.aliasing_output = 13 : i32}, %a13: tensor<64xf32> {tf.aliasing_output = 14 : i32}, %a14: tensor<64xf32> {tf.aliasing_output = 15 : i32}, %a15: tensor<4x64xf32> {tf.aliasing_output = 16 : i32}, %a16: tensor<4xf32> {tf.aliasing_output = 17 : i32}, %a17: tensor<32xf32> {tf.aliasing_output = 18 : i32}, %a18: tensor<32xf32> {tf.aliasing_output = 19 : i32}, %a19: tensor<64x32x3x3xf32> {tf.aliasing_output = 20 : i32}, %a20: tensor<64xf32> {tf.aliasing_output = 21 : i32}, %a21: tensor<64xf32> {tf.aliasing_output = 22 : i32}, %a22: tensor<64x64x3x3xf32> {tf.aliasing_output = 23 : i32}, %a23: tensor<64x32x1x1xf32> {tf.aliasing_output = 24 : i32}, %a24: tensor<64xf32> {tf.aliasing_output = 25 : i32}, %a25: tensor<64xf32> {tf.aliasing_output = 26 : i32}, %a26: tensor<4x64xf32> {tf.aliasing_output = 27 : i32}, %a27: tensor<4xf32> {tf.aliasing_output = 28 : i32}, %a28: tensor<16x3x3x3xf32> {tf.aliasing_output = 29 : i32}, %a29: tensor<16xf32> {tf.aliasing_output = 30 : i32}, %a30: tensor<16xf32> {tf.aliasing_output = 31 : i32}, %a31: tensor<16xf32> {tf.aliasing_output = 32 : i32}, %a32: tensor<16xf32> {tf.aliasing_output = 33 : i32}, %a33: tensor<16x16x3x3xf32> {tf.aliasing_output = 34 : i32}, %a34: tensor<16xf32> {tf.aliasing_output = 35 : i32}, %a35: tensor<16xf32> {tf.aliasing_output = 36 : i32}, %a36: tensor<16xf32> {tf.aliasing_output = 37 : i32}, %a37: tensor<16xf32> {tf.aliasing_output = 38 : i32}, %a38: tensor<16x16x3x3xf32> {tf.aliasing_output = 39 : i32}, %a39: tensor<16xf32> {tf.aliasing_output = 40 : i32}, %a40: tensor<16xf32> {tf.aliasing_output = 41 : i32}, %a41: tensor<16xf32> {tf.aliasing_output = 42 : i32}, %a42: tensor<16xf32> {tf.aliasing_output = 43 : i32}, %a43: tensor<32x16x3x3xf32> {tf.aliasing_output = 44 : i32}, %a44: tensor<32xf32> {tf.aliasing_output = 45 : i32}, %a45: tensor<32xf32> {tf.aliasing_output = 46 : i32}, %a46: tensor<32xf32> {tf.aliasing_output = 47 : i32}, %a47: tensor<32xf32> {tf.aliasing_output = 48 : i32}, %a48: tensor<32x32x3x3xf32> {tf.aliasing_output = 49 : i32}, %a49: tensor<32x16x1x1xf32> {tf.aliasing_output = 50 : i32}, %a50: tensor<32xf32> {tf.aliasing_output = 51 : i32}, %a51: tensor<32xf32> {tf.aliasing_output = 52 : i32}, %a52: tensor<32xf32> {tf.aliasing_output = 53 : i32}, %a53: tensor<32xf32> {tf.aliasing_output = 54 : i32}, %a54: tensor<64x32x3x3xf32> {tf.aliasing_output = 55 : i32}, %a55: tensor<64xf32> {tf.aliasing_output = 56 : i32}, %a56: tensor<64xf32> {tf.aliasing_output = 57 : i32}, %a57: tensor<64xf32> {tf.aliasing_output = 58 : i32}, %a58: tensor<64xf32> {tf.aliasing_output = 59 : i32}, %a59: tensor<64x64x3x3xf32> {tf.aliasing_output = 60 : i32}, %a60: tensor<64x32x1x1xf32> {tf.aliasing_output = 61 : i32}, %a61: tensor<64xf32> {tf.aliasing_output = 62 : i32}, %a62: tensor<64xf32> {tf.aliasing_output = 63 : i32}, %a63: tensor<64xf32> {tf.aliasing_output = 64 : i32}, %a64: tensor<64xf32> {tf.aliasing_output = 65 : i32}, %a65: tensor<4x64xf32> {tf.aliasing_output = 66 : i32}, %a66: tensor<4xf32> {tf.aliasing_output = 67 : i32}, %a67: tensor<16x3x3x3xf32>, %a68: tensor<16xf32>, %a69: tensor<16xf32>, %a70: tensor<16xf32>, %a71: tensor<16xf32>, %a72: tensor<16x16x3x3xf32>, %a73: tensor<16xf32>, %a74: tensor<16xf32>, %a75: tensor<16xf32>, %a76: tensor<16xf32>, %a77: tensor<16x16x3x3xf32>, %a78: tensor<16xf32>, %a79: tensor<16xf32>, %a80: tensor<16xf32>, %a81: tensor<16xf32>, %a82: tensor<32x16x3x3xf32>, %a83: tensor<32xf32>, %a84: tensor<32xf32>, %a85: tensor<32xf32>, %a86: tensor<32xf32>, %a87: tensor<32x32x3x3xf32>, %a88: tensor<32x16x1x1xf32>, %a89: tensor<4x8x8x3xui8>, %a90: tensor<4xi32>, %a91: tensor<4x4xf32>, %a92: tensor<f32>) -> (tensor<3xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<64x32x3x3xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64x64x3x3xf32>, tensor<64x32x1x1xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<4x64xf32>, tensor<4xf32>, tensor<32xf32>, tensor<32xf32>, tensor<64x32x3x3xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64x64x3x3xf32>, tensor<64x32x1x1xf32>, tensor<64xf32>, tensor<64xf32>, tensor<4x64xf32>, tensor<4xf32>, tensor<16x3x3x3xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<32x16x3x3xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32x32x3x3xf32>, tensor<32x16x1x1xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<64x32x3x3xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64x64x3x3xf32>, tensor<64x32x1x1xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<4x64xf32>, tensor<4xf32>) {
    // normalize(Networks.Preprocessing(mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.120003, 57.375]))
    %0 = stablehlo.convert %a89 : (tensor<4x8x8x3xui8>) -> tensor<4x8x8x3xf32>
    %1 = stablehlo.constant dense<123.675> : tensor<1xf32>
    %2 = stablehlo.constant dense<116.28> : tensor<1xf32>
    %3 = stablehlo.constant dense<103.53> : tensor<1xf32>
    %4 = stablehlo.concatenate %1, %2, %3, dim = 0 : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3xf32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [3] : (tensor<3xf32>) -> tensor<4x8x8x3xf32>
    %6 = stablehlo.subtract %0, %5 : tensor<4x8x8x3xf32>
    %7 = stablehlo.constant dense<58.395> : tensor<1xf32>
    %8 = stablehlo.constant dense<57.120003> : tensor<1xf32>
    %9 = stablehlo.constant dense<57.375> : tensor<1xf32>
    %10 = stablehlo.concatenate %7, %8, %9, dim = 0 : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3xf32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [3] : (tensor<3xf32>) -> tensor<4x8x8x3xf32>
    %12 = stablehlo.divide %6, %11 : tensor<4x8x8x3xf32>
    %13 = stablehlo.convert %12 : (tensor<4x8x8x3xf32>) -> tensor<4x8x8x3xbf16>
    // conv2d(stride: 1, padding: 1)
    %14 = stablehlo.convert %a67 : (tensor<16x3x3x3xf32>) -> tensor<16x3x3x3xbf16>
    %15 = stablehlo.convolution(%13, %14) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x8x8x3xbf16>, tensor<16x3x3x3xbf16>) -> tensor<4x8x8x16xbf16>
    // stack
    %16 = stablehlo.reshape %a70 : (tensor<16xf32>) -> tensor<1x16xf32>
    %17 = stablehlo.reshape %a71 : (tensor<16xf32>) -> tensor<1x16xf32>
    %18 = stablehlo.concatenate %16, %17, dim = 0 : (tensor<1x16xf32>, tensor<1x16xf32>) -> tensor<2x16xf32>
    // batchNorm(epsilon: 1e-05)
    %19 = stablehlo.convert %15 : (tensor<4x8x8x16xbf16>) -> tensor<4x8x8x16xf32>
    %20 = stablehlo.slice %18 [1:2:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %21 = stablehlo.reshape %20 : (tensor<1x16xf32>) -> tensor<16xf32>
    %22 = stablehlo.constant dense<1.0e-05> : tensor<16xf32>
    %23 = stablehlo.add %21, %22 : tensor<16xf32>
    %24 = stablehlo.rsqrt %23 : tensor<16xf32>
    %25 = stablehlo.multiply %24, %a68 : tensor<16xf32>
    %26 = stablehlo.slice %18 [0:1:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %27 = stablehlo.reshape %26 : (tensor<1x16xf32>) -> tensor<16xf32>
    %28 = stablehlo.broadcast_in_dim %27, dims = [3] : (tensor<16xf32>) -> tensor<4x8x8x16xf32>
    %29 = stablehlo.subtract %19, %28 : tensor<4x8x8x16xf32>
    %30 = stablehlo.broadcast_in_dim %25, dims = [3] : (tensor<16xf32>) -> tensor<4x8x8x16xf32>
    %31 = stablehlo.multiply %29, %30 : tensor<4x8x8x16xf32>
    %32 = stablehlo.broadcast_in_dim %a69, dims = [3] : (tensor<16xf32>) -> tensor<4x8x8x16xf32>
    %33 = stablehlo.add %31, %32 : tensor<4x8x8x16xf32>
    %34 = stablehlo.convert %33 : (tensor<4x8x8x16xf32>) -> tensor<4x8x8x16xbf16>
    // relu
    %35 = stablehlo.constant dense<0.0> : tensor<4x8x8x16xbf16>
    %36 = stablehlo.maximum %34, %35 : tensor<4x8x8x16xbf16>
    // stack
    %37 = stablehlo.reshape %a75 : (tensor<16xf32>) -> tensor<1x16xf32>
    %38 = stablehlo.reshape %a76 : (tensor<16xf32>) -> tensor<1x16xf32>
    %39 = stablehlo.concatenate %37, %38, dim = 0 : (tensor<1x16xf32>, tensor<1x16xf32>) -> tensor<2x16xf32>
    // batchNorm(epsilon: 1e-05)
    %40 = stablehlo.slice %39 [1:2:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %41 = stablehlo.reshape %40 : (tensor<1x16xf32>) -> tensor<16xf32>
    %42 = stablehlo.constant dense<1.0e-05> : tensor<16xf32>
    %43 = stablehlo.add %41, %42 : tensor<16xf32>
    %44 = stablehlo.rsqrt %43 : tensor<16xf32>
    %45 = stablehlo.multiply %44, %a73 : tensor<16xf32>
    %46 = stablehlo.broadcast_in_dim %45, dims = [0] : (tensor<16xf32>) -> tensor<16x16x3x3xf32>
    %47 = stablehlo.multiply %a72, %46 : tensor<16x16x3x3xf32>
    %48 = stablehlo.convert %47 : (tensor<16x16x3x3xf32>) -> tensor<16x16x3x3xbf16>
    %49 = stablehlo.convolution(%36, %48) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x8x8x16xbf16>, tensor<16x16x3x3xbf16>) -> tensor<4x8x8x16xbf16>
    %50 = stablehlo.slice %39 [0:1:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %51 = stablehlo.reshape %50 : (tensor<1x16xf32>) -> tensor<16xf32>
    %52 = stablehlo.multiply %51, %45 : tensor<16xf32>
    %53 = stablehlo.subtract %a74, %52 : tensor<16xf32>
    %54 = stablehlo.convert %53 : (tensor<16xf32>) -> tensor<16xbf16>
    %55 = stablehlo.broadcast_in_dim %54, dims = [3] : (tensor<16xbf16>) -> tensor<4x8x8x16xbf16>
    %56 = stablehlo.add %49, %55 : tensor<4x8x8x16xbf16>
    // relu
    %57 = stablehlo.constant dense<0.0> : tensor<4x8x8x16xbf16>
    %58 = stablehlo.maximum %56, %57 : tensor<4x8x8x16xbf16>
    // conv2d(stride: 1, padding: 1)
    %59 = stablehlo.convert %a77 : (tensor<16x16x3x3xf32>) -> tensor<16x16x3x3xbf16>
    %60 = stablehlo.convolution(%58, %59) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x8x8x16xbf16>, tensor<16x16x3x3xbf16>) -> tensor<4x8x8x16xbf16>
    // add
    %61 = stablehlo.add %60, %15 : tensor<4x8x8x16xbf16>
    // stack
    %62 = stablehlo.reshape %a80 : (tensor<16xf32>) -> tensor<1x16xf32>
    %63 = stablehlo.reshape %a81 : (tensor<16xf32>) -> tensor<1x16xf32>
    %64 = stablehlo.concatenate %62, %63, dim = 0 : (tensor<1x16xf32>, tensor<1x16xf32>) -> tensor<2x16xf32>
    // batchNorm(epsilon: 1e-05)
    %65 = stablehlo.convert %61 : (tensor<4x8x8x16xbf16>) -> tensor<4x8x8x16xf32>
    %66 = stablehlo.slice %64 [1:2:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %67 = stablehlo.reshape %66 : (tensor<1x16xf32>) -> tensor<16xf32>
    %68 = stablehlo.constant dense<1.0e-05> : tensor<16xf32>
    %69 = stablehlo.add %67, %68 : tensor<16xf32>
    %70 = stablehlo.rsqrt %69 : tensor<16xf32>
    %71 = stablehlo.multiply %70, %a78 : tensor<16xf32>
    %72 = stablehlo.slice %64 [0:1:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %73 = stablehlo.reshape %72 : (tensor<1x16xf32>) -> tensor<16xf32>
    %74 = stablehlo.broadcast_in_dim %73, dims = [3] : (tensor<16xf32>) -> tensor<4x8x8x16xf32>
    %75 = stablehlo.subtract %65, %74 : tensor<4x8x8x16xf32>
    %76 = stablehlo.broadcast_in_dim %71, dims = [3] : (tensor<16xf32>) -> tensor<4x8x8x16xf32>
    %77 = stablehlo.multiply %75, %76 : tensor<4x8x8x16xf32>
    %78 = stablehlo.broadcast_in_dim %a79, dims = [3] : (tensor<16xf32>) -> tensor<4x8x8x16xf32>
    %79 = stablehlo.add %77, %78 : tensor<4x8x8x16xf32>
    %80 = stablehlo.convert %79 : (tensor<4x8x8x16xf32>) -> tensor<4x8x8x16xbf16>
    // relu
    %81 = stablehlo.constant dense<0.0> : tensor<4x8x8x16xbf16>
    %82 = stablehlo.maximum %80, %81 : tensor<4x8x8x16xbf16>
    // stack
    %83 = stablehlo.reshape %a85 : (tensor<32xf32>) -> tensor<1x32xf32>
    %84 = stablehlo.reshape %a86 : (tensor<32xf32>) -> tensor<1x32xf32>
    %85 = stablehlo.concatenate %83, %84, dim = 0 : (tensor<1x32xf32>, tensor<1x32xf32>) -> tensor<2x32xf32>
    // batchNorm(epsilon: 1e-05)
    %86 = stablehlo.slice %85 [1:2:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %87 = stablehlo.reshape %86 : (tensor<1x32xf32>) -> tensor<32xf32>
    %88 = stablehlo.constant dense<1.0e-05> : tensor<32xf32>
    %89 = stablehlo.add %87, %88 : tensor<32xf32>
    %90 = stablehlo.rsqrt %89 : tensor<32xf32>
    %91 = stablehlo.multiply %90, %a83 : tensor<32xf32>
    %92 = stablehlo.broadcast_in_dim %91, dims = [0] : (tensor<32xf32>) -> tensor<32x16x3x3xf32>
    %93 = stablehlo.multiply %a82, %92 : tensor<32x16x3x3xf32>
    %94 = stablehlo.convert %93 : (tensor<32x16x3x3xf32>) -> tensor<32x16x3x3xbf16>
    %95 = stablehlo.convolution(%82, %94) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x8x8x16xbf16>, tensor<32x16x3x3xbf16>) -> tensor<4x4x4x32xbf16>
    %96 = stablehlo.slice %85 [0:1:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %97 = stablehlo.reshape %96 : (tensor<1x32xf32>) -> tensor<32xf32>
    %98 = stablehlo.multiply %97, %91 : tensor<32xf32>
    %99 = stablehlo.subtract %a84, %98 : tensor<32xf32>
    %100 = stablehlo.convert %99 : (tensor<32xf32>) -> tensor<32xbf16>
    %101 = stablehlo.broadcast_in_dim %100, dims = [3] : (tensor<32xbf16>) -> tensor<4x4x4x32xbf16>
    %102 = stablehlo.add %95, %101 : tensor<4x4x4x32xbf16>
    // relu
    %103 = stablehlo.constant dense<0.0> : tensor<4x4x4x32xbf16>
    %104 = stablehlo.maximum %102, %103 : tensor<4x4x4x32xbf16>
    // conv2d(stride: 1, padding: 1)
    %105 = stablehlo.convert %a87 : (tensor<32x32x3x3xf32>) -> tensor<32x32x3x3xbf16>
    %106 = stablehlo.convolution(%104, %105) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x4x32xbf16>, tensor<32x32x3x3xbf16>) -> tensor<4x4x4x32xbf16>
    // conv2d(stride: 2, padding: 0)
    %107 = stablehlo.convert %a88 : (tensor<32x16x1x1xf32>) -> tensor<32x16x1x1xbf16>
    %108 = stablehlo.convolution(%82, %107) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x8x8x16xbf16>, tensor<32x16x1x1xbf16>) -> tensor<4x4x4x32xbf16>
    // add
    %109 = stablehlo.add %106, %108 : tensor<4x4x4x32xbf16>
    // moments
    %110 = stablehlo.convert %109 : (tensor<4x4x4x32xbf16>) -> tensor<4x4x4x32xf32>
    %111 = stablehlo.slice %110 [0:1:1, 0:1:1, 0:1:1, 0:32:1] : (tensor<4x4x4x32xf32>) -> tensor<1x1x1x32xf32>
    %112 = stablehlo.reshape %111 : (tensor<1x1x1x32xf32>) -> tensor<32xf32>
    %113 = stablehlo.broadcast_in_dim %112, dims = [3] : (tensor<32xf32>) -> tensor<4x4x4x32xf32>
    %114 = stablehlo.subtract %110, %113 : tensor<4x4x4x32xf32>
    %115 = stablehlo.constant dense<0.0> : tensor<f32>
    %116 = stablehlo.reduce(%114 init: %115) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<4x4x4x32xf32>, tensor<f32>) -> tensor<32xf32>
    %117 = stablehlo.multiply %114, %114 : tensor<4x4x4x32xf32>
    %118 = stablehlo.constant dense<0.0> : tensor<f32>
    %119 = stablehlo.reduce(%117 init: %118) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<4x4x4x32xf32>, tensor<f32>) -> tensor<32xf32>
    %120 = stablehlo.constant dense<0.015625> : tensor<32xf32>
    %121 = stablehlo.multiply %116, %120 : tensor<32xf32>
    %122 = stablehlo.add %112, %121 : tensor<32xf32>
    %123 = stablehlo.constant dense<0.015625> : tensor<32xf32>
    %124 = stablehlo.multiply %119, %123 : tensor<32xf32>
    %125 = stablehlo.multiply %121, %121 : tensor<32xf32>
    %126 = stablehlo.subtract %124, %125 : tensor<32xf32>
    %127 = stablehlo.constant dense<0.0> : tensor<32xf32>
    %128 = stablehlo.maximum %126, %127 : tensor<32xf32>
    %129 = stablehlo.reshape %122 : (tensor<32xf32>) -> tensor<1x32xf32>
    %130 = stablehlo.reshape %128 : (tensor<32xf32>) -> tensor<1x32xf32>
    %131 = stablehlo.concatenate %129, %130, dim = 0 : (tensor<1x32xf32>, tensor<1x32xf32>) -> tensor<2x32xf32>
    // batchNorm(epsilon: 1e-05)
    %132 = stablehlo.convert %109 : (tensor<4x4x4x32xbf16>) -> tensor<4x4x4x32xf32>
    %133 = stablehlo.slice %131 [1:2:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %134 = stablehlo.reshape %133 : (tensor<1x32xf32>) -> tensor<32xf32>
    %135 = stablehlo.constant dense<1.0e-05> : tensor<32xf32>
    %136 = stablehlo.add %134, %135 : tensor<32xf32>
    %137 = stablehlo.rsqrt %136 : tensor<32xf32>
    %138 = stablehlo.multiply %137, %a0 : tensor<32xf32>
    %139 = stablehlo.slice %131 [0:1:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %140 = stablehlo.reshape %139 : (tensor<1x32xf32>) -> tensor<32xf32>
    %141 = stablehlo.broadcast_in_dim %140, dims = [3] : (tensor<32xf32>) -> tensor<4x4x4x32xf32>
    %142 = stablehlo.subtract %132, %141 : tensor<4x4x4x32xf32>
    %143 = stablehlo.broadcast_in_dim %138, dims = [3] : (tensor<32xf32>) -> tensor<4x4x4x32xf32>
    %144 = stablehlo.multiply %142, %143 : tensor<4x4x4x32xf32>
    %145 = stablehlo.broadcast_in_dim %a1, dims = [3] : (tensor<32xf32>) -> tensor<4x4x4x32xf32>
    %146 = stablehlo.add %144, %145 : tensor<4x4x4x32xf32>
    %147 = stablehlo.convert %146 : (tensor<4x4x4x32xf32>) -> tensor<4x4x4x32xbf16>
    // relu
    %148 = stablehlo.constant dense<0.0> : tensor<4x4x4x32xbf16>
    %149 = stablehlo.maximum %147, %148 : tensor<4x4x4x32xbf16>
    // conv2d(stride: 2, padding: 1)
    %150 = stablehlo.convert %a4 : (tensor<64x32x3x3xf32>) -> tensor<64x32x3x3xbf16>
    %151 = stablehlo.convolution(%149, %150) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x4x32xbf16>, tensor<64x32x3x3xbf16>) -> tensor<4x2x2x64xbf16>
    // moments
    %152 = stablehlo.convert %151 : (tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xf32>
    %153 = stablehlo.slice %152 [0:1:1, 0:1:1, 0:1:1, 0:64:1] : (tensor<4x2x2x64xf32>) -> tensor<1x1x1x64xf32>
    %154 = stablehlo.reshape %153 : (tensor<1x1x1x64xf32>) -> tensor<64xf32>
    %155 = stablehlo.broadcast_in_dim %154, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %156 = stablehlo.subtract %152, %155 : tensor<4x2x2x64xf32>
    %157 = stablehlo.constant dense<0.0> : tensor<f32>
    %158 = stablehlo.reduce(%156 init: %157) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<4x2x2x64xf32>, tensor<f32>) -> tensor<64xf32>
    %159 = stablehlo.multiply %156, %156 : tensor<4x2x2x64xf32>
    %160 = stablehlo.constant dense<0.0> : tensor<f32>
    %161 = stablehlo.reduce(%159 init: %160) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<4x2x2x64xf32>, tensor<f32>) -> tensor<64xf32>
    %162 = stablehlo.constant dense<0.0625> : tensor<64xf32>
    %163 = stablehlo.multiply %158, %162 : tensor<64xf32>
    %164 = stablehlo.add %154, %163 : tensor<64xf32>
    %165 = stablehlo.constant dense<0.0625> : tensor<64xf32>
    %166 = stablehlo.multiply %161, %165 : tensor<64xf32>
    %167 = stablehlo.multiply %163, %163 : tensor<64xf32>
    %168 = stablehlo.subtract %166, %167 : tensor<64xf32>
    %169 = stablehlo.constant dense<0.0> : tensor<64xf32>
    %170 = stablehlo.maximum %168, %169 : tensor<64xf32>
    %171 = stablehlo.reshape %164 : (tensor<64xf32>) -> tensor<1x64xf32>
    %172 = stablehlo.reshape %170 : (tensor<64xf32>) -> tensor<1x64xf32>
    %173 = stablehlo.concatenate %171, %172, dim = 0 : (tensor<1x64xf32>, tensor<1x64xf32>) -> tensor<2x64xf32>
    // batchNorm(epsilon: 1e-05)
    %174 = stablehlo.convert %151 : (tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xf32>
    %175 = stablehlo.slice %173 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %176 = stablehlo.reshape %175 : (tensor<1x64xf32>) -> tensor<64xf32>
    %177 = stablehlo.constant dense<1.0e-05> : tensor<64xf32>
    %178 = stablehlo.add %176, %177 : tensor<64xf32>
    %179 = stablehlo.rsqrt %178 : tensor<64xf32>
    %180 = stablehlo.multiply %179, %a5 : tensor<64xf32>
    %181 = stablehlo.slice %173 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %182 = stablehlo.reshape %181 : (tensor<1x64xf32>) -> tensor<64xf32>
    %183 = stablehlo.broadcast_in_dim %182, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %184 = stablehlo.subtract %174, %183 : tensor<4x2x2x64xf32>
    %185 = stablehlo.broadcast_in_dim %180, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %186 = stablehlo.multiply %184, %185 : tensor<4x2x2x64xf32>
    %187 = stablehlo.broadcast_in_dim %a6, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %188 = stablehlo.add %186, %187 : tensor<4x2x2x64xf32>
    %189 = stablehlo.convert %188 : (tensor<4x2x2x64xf32>) -> tensor<4x2x2x64xbf16>
    // relu
    %190 = stablehlo.constant dense<0.0> : tensor<4x2x2x64xbf16>
    %191 = stablehlo.maximum %189, %190 : tensor<4x2x2x64xbf16>
    // conv2d(stride: 1, padding: 1)
    %192 = stablehlo.convert %a9 : (tensor<64x64x3x3xf32>) -> tensor<64x64x3x3xbf16>
    %193 = stablehlo.convolution(%191, %192) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x2x64xbf16>, tensor<64x64x3x3xbf16>) -> tensor<4x2x2x64xbf16>
    // conv2d(stride: 2, padding: 0)
    %194 = stablehlo.convert %a10 : (tensor<64x32x1x1xf32>) -> tensor<64x32x1x1xbf16>
    %195 = stablehlo.convolution(%149, %194) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x4x32xbf16>, tensor<64x32x1x1xbf16>) -> tensor<4x2x2x64xbf16>
    // add
    %196 = stablehlo.add %193, %195 : tensor<4x2x2x64xbf16>
    // moments
    %197 = stablehlo.convert %196 : (tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xf32>
    %198 = stablehlo.slice %197 [0:1:1, 0:1:1, 0:1:1, 0:64:1] : (tensor<4x2x2x64xf32>) -> tensor<1x1x1x64xf32>
    %199 = stablehlo.reshape %198 : (tensor<1x1x1x64xf32>) -> tensor<64xf32>
    %200 = stablehlo.broadcast_in_dim %199, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %201 = stablehlo.subtract %197, %200 : tensor<4x2x2x64xf32>
    %202 = stablehlo.constant dense<0.0> : tensor<f32>
    %203 = stablehlo.reduce(%201 init: %202) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<4x2x2x64xf32>, tensor<f32>) -> tensor<64xf32>
    %204 = stablehlo.multiply %201, %201 : tensor<4x2x2x64xf32>
    %205 = stablehlo.constant dense<0.0> : tensor<f32>
    %206 = stablehlo.reduce(%204 init: %205) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<4x2x2x64xf32>, tensor<f32>) -> tensor<64xf32>
    %207 = stablehlo.constant dense<0.0625> : tensor<64xf32>
    %208 = stablehlo.multiply %203, %207 : tensor<64xf32>
    %209 = stablehlo.add %199, %208 : tensor<64xf32>
    %210 = stablehlo.constant dense<0.0625> : tensor<64xf32>
    %211 = stablehlo.multiply %206, %210 : tensor<64xf32>
    %212 = stablehlo.multiply %208, %208 : tensor<64xf32>
    %213 = stablehlo.subtract %211, %212 : tensor<64xf32>
    %214 = stablehlo.constant dense<0.0> : tensor<64xf32>
    %215 = stablehlo.maximum %213, %214 : tensor<64xf32>
    %216 = stablehlo.reshape %209 : (tensor<64xf32>) -> tensor<1x64xf32>
    %217 = stablehlo.reshape %215 : (tensor<64xf32>) -> tensor<1x64xf32>
    %218 = stablehlo.concatenate %216, %217, dim = 0 : (tensor<1x64xf32>, tensor<1x64xf32>) -> tensor<2x64xf32>
    // batchNorm(epsilon: 1e-05)
    %219 = stablehlo.convert %196 : (tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xf32>
    %220 = stablehlo.slice %218 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %221 = stablehlo.reshape %220 : (tensor<1x64xf32>) -> tensor<64xf32>
    %222 = stablehlo.constant dense<1.0e-05> : tensor<64xf32>
    %223 = stablehlo.add %221, %222 : tensor<64xf32>
    %224 = stablehlo.rsqrt %223 : tensor<64xf32>
    %225 = stablehlo.multiply %224, %a11 : tensor<64xf32>
    %226 = stablehlo.slice %218 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %227 = stablehlo.reshape %226 : (tensor<1x64xf32>) -> tensor<64xf32>
    %228 = stablehlo.broadcast_in_dim %227, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %229 = stablehlo.subtract %219, %228 : tensor<4x2x2x64xf32>
    %230 = stablehlo.broadcast_in_dim %225, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %231 = stablehlo.multiply %229, %230 : tensor<4x2x2x64xf32>
    %232 = stablehlo.broadcast_in_dim %a12, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %233 = stablehlo.add %231, %232 : tensor<4x2x2x64xf32>
    %234 = stablehlo.convert %233 : (tensor<4x2x2x64xf32>) -> tensor<4x2x2x64xbf16>
    // relu
    %235 = stablehlo.constant dense<0.0> : tensor<4x2x2x64xbf16>
    %236 = stablehlo.maximum %234, %235 : tensor<4x2x2x64xbf16>
    // globalMean
    %237 = stablehlo.convert %236 : (tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xf32>
    %238 = stablehlo.constant dense<0.0> : tensor<f32>
    %239 = stablehlo.reduce(%237 init: %238) applies stablehlo.add across dimensions = [1, 2] : (tensor<4x2x2x64xf32>, tensor<f32>) -> tensor<4x64xf32>
    %240 = stablehlo.constant dense<0.25> : tensor<4x64xf32>
    %241 = stablehlo.multiply %239, %240 : tensor<4x64xf32>
    // dense
    %242 = stablehlo.dot_general %241, %a15, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<4x64xf32>, tensor<4x64xf32>) -> tensor<4x4xf32>
    %243 = stablehlo.broadcast_in_dim %a16, dims = [1] : (tensor<4xf32>) -> tensor<4x4xf32>
    %244 = stablehlo.add %242, %243 : tensor<4x4xf32>
    // softmaxCrossEntropy
    %245 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %246 = stablehlo.reduce(%244 init: %245) applies stablehlo.maximum across dimensions = [1] : (tensor<4x4xf32>, tensor<f32>) -> tensor<4xf32>
    %247 = stablehlo.broadcast_in_dim %246, dims = [0] : (tensor<4xf32>) -> tensor<4x4xf32>
    %248 = stablehlo.subtract %244, %247 : tensor<4x4xf32>
    %249 = stablehlo.exponential %248 : tensor<4x4xf32>
    %250 = stablehlo.constant dense<0.0> : tensor<f32>
    %251 = stablehlo.reduce(%249 init: %250) applies stablehlo.add across dimensions = [1] : (tensor<4x4xf32>, tensor<f32>) -> tensor<4xf32>
    %252 = stablehlo.log %251 : tensor<4xf32>
    %253 = stablehlo.broadcast_in_dim %252, dims = [0] : (tensor<4xf32>) -> tensor<4x4xf32>
    %254 = stablehlo.subtract %248, %253 : tensor<4x4xf32>
    %255 = stablehlo.multiply %254, %a91 : tensor<4x4xf32>
    %256 = stablehlo.constant dense<0.0> : tensor<f32>
    %257 = stablehlo.reduce(%255 init: %256) applies stablehlo.add across dimensions = [0, 1] : (tensor<4x4xf32>, tensor<f32>) -> tensor<f32>
    %258 = stablehlo.constant dense<-0.25> : tensor<f32>
    %259 = stablehlo.multiply %257, %258 : tensor<f32>
    // correctCount(highest: 1)
    %260 = stablehlo.iota dim = 1 : tensor<4x4xi32>
    %261 = stablehlo.broadcast_in_dim %a90, dims = [0] : (tensor<4xi32>) -> tensor<4x4xi32>
    %262 = stablehlo.compare EQ, %260, %261, SIGNED : (tensor<4x4xi32>, tensor<4x4xi32>) -> tensor<4x4xi1>
    %263 = stablehlo.constant dense<0.0> : tensor<4x4xf32>
    %264 = stablehlo.select %262, %244, %263 : tensor<4x4xi1>, tensor<4x4xf32>
    %265 = stablehlo.constant dense<0.0> : tensor<f32>
    %266 = stablehlo.reduce(%264 init: %265) applies stablehlo.add across dimensions = [1] : (tensor<4x4xf32>, tensor<f32>) -> tensor<4xf32>
    %267 = stablehlo.broadcast_in_dim %266, dims = [0] : (tensor<4xf32>) -> tensor<4x4xf32>
    %268 = stablehlo.compare GT, %244, %267, FLOAT : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xi1>
    %269 = stablehlo.compare EQ, %244, %267, FLOAT : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xi1>
    %270 = stablehlo.compare LT, %260, %261, SIGNED : (tensor<4x4xi32>, tensor<4x4xi32>) -> tensor<4x4xi1>
    %271 = stablehlo.and %269, %270 : tensor<4x4xi1>
    %272 = stablehlo.or %268, %271 : tensor<4x4xi1>
    %273 = stablehlo.convert %272 : (tensor<4x4xi1>) -> tensor<4x4xf32>
    %274 = stablehlo.constant dense<0.0> : tensor<f32>
    %275 = stablehlo.reduce(%273 init: %274) applies stablehlo.add across dimensions = [1] : (tensor<4x4xf32>, tensor<f32>) -> tensor<4xf32>
    %276 = stablehlo.constant dense<1.0> : tensor<4xf32>
    %277 = stablehlo.compare LT, %275, %276, FLOAT : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
    %278 = stablehlo.convert %277 : (tensor<4xi1>) -> tensor<4xf32>
    %279 = stablehlo.constant dense<0.0> : tensor<f32>
    %280 = stablehlo.reduce(%278 init: %279) applies stablehlo.add across dimensions = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
    // correctCount(highest: 5)
    %281 = stablehlo.iota dim = 1 : tensor<4x4xi32>
    %282 = stablehlo.broadcast_in_dim %a90, dims = [0] : (tensor<4xi32>) -> tensor<4x4xi32>
    %283 = stablehlo.compare EQ, %281, %282, SIGNED : (tensor<4x4xi32>, tensor<4x4xi32>) -> tensor<4x4xi1>
    %284 = stablehlo.constant dense<0.0> : tensor<4x4xf32>
    %285 = stablehlo.select %283, %244, %284 : tensor<4x4xi1>, tensor<4x4xf32>
    %286 = stablehlo.constant dense<0.0> : tensor<f32>
    %287 = stablehlo.reduce(%285 init: %286) applies stablehlo.add across dimensions = [1] : (tensor<4x4xf32>, tensor<f32>) -> tensor<4xf32>
    %288 = stablehlo.broadcast_in_dim %287, dims = [0] : (tensor<4xf32>) -> tensor<4x4xf32>
    %289 = stablehlo.compare GT, %244, %288, FLOAT : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xi1>
    %290 = stablehlo.compare EQ, %244, %288, FLOAT : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xi1>
    %291 = stablehlo.compare LT, %281, %282, SIGNED : (tensor<4x4xi32>, tensor<4x4xi32>) -> tensor<4x4xi1>
    %292 = stablehlo.and %290, %291 : tensor<4x4xi1>
    %293 = stablehlo.or %289, %292 : tensor<4x4xi1>
    %294 = stablehlo.convert %293 : (tensor<4x4xi1>) -> tensor<4x4xf32>
    %295 = stablehlo.constant dense<0.0> : tensor<f32>
    %296 = stablehlo.reduce(%294 init: %295) applies stablehlo.add across dimensions = [1] : (tensor<4x4xf32>, tensor<f32>) -> tensor<4xf32>
    %297 = stablehlo.constant dense<5.0> : tensor<4xf32>
    %298 = stablehlo.compare LT, %296, %297, FLOAT : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
    %299 = stablehlo.convert %298 : (tensor<4xi1>) -> tensor<4xf32>
    %300 = stablehlo.constant dense<0.0> : tensor<f32>
    %301 = stablehlo.reduce(%299 init: %300) applies stablehlo.add across dimensions = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
    // softmaxCrossEntropyGradient
    %302 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %303 = stablehlo.reduce(%244 init: %302) applies stablehlo.maximum across dimensions = [1] : (tensor<4x4xf32>, tensor<f32>) -> tensor<4xf32>
    %304 = stablehlo.broadcast_in_dim %303, dims = [0] : (tensor<4xf32>) -> tensor<4x4xf32>
    %305 = stablehlo.subtract %244, %304 : tensor<4x4xf32>
    %306 = stablehlo.exponential %305 : tensor<4x4xf32>
    %307 = stablehlo.constant dense<0.0> : tensor<f32>
    %308 = stablehlo.reduce(%306 init: %307) applies stablehlo.add across dimensions = [1] : (tensor<4x4xf32>, tensor<f32>) -> tensor<4xf32>
    %309 = stablehlo.broadcast_in_dim %308, dims = [0] : (tensor<4xf32>) -> tensor<4x4xf32>
    %310 = stablehlo.divide %306, %309 : tensor<4x4xf32>
    %311 = stablehlo.subtract %310, %a91 : tensor<4x4xf32>
    %312 = stablehlo.constant dense<0.25> : tensor<4x4xf32>
    %313 = stablehlo.multiply %311, %312 : tensor<4x4xf32>
    // denseGradientWeights
    %314 = stablehlo.dot_general %313, %241, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x4xf32>, tensor<4x64xf32>) -> tensor<4x64xf32>
    // denseGradientBias
    %315 = stablehlo.constant dense<0.0> : tensor<f32>
    %316 = stablehlo.reduce(%313 init: %315) applies stablehlo.add across dimensions = [0] : (tensor<4x4xf32>, tensor<f32>) -> tensor<4xf32>
    // denseGradientInput
    %317 = stablehlo.dot_general %313, %a15, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x4xf32>, tensor<4x64xf32>) -> tensor<4x64xf32>
    // globalMeanGradient(height: 2, width: 2)
    %318 = stablehlo.constant dense<0.25> : tensor<4x64xf32>
    %319 = stablehlo.multiply %317, %318 : tensor<4x64xf32>
    %320 = stablehlo.convert %319 : (tensor<4x64xf32>) -> tensor<4x64xbf16>
    %321 = stablehlo.broadcast_in_dim %320, dims = [0, 3] : (tensor<4x64xbf16>) -> tensor<4x2x2x64xbf16>
    // reluGradient
    %322 = stablehlo.constant dense<0.0> : tensor<4x2x2x64xbf16>
    %323 = stablehlo.compare GT, %236, %322, FLOAT : (tensor<4x2x2x64xbf16>, tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xi1>
    %324 = stablehlo.select %323, %321, %322 : tensor<4x2x2x64xi1>, tensor<4x2x2x64xbf16>
    // batchNormGradientSums(epsilon: 1e-05)
    %325 = stablehlo.convert %324 : (tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xf32>
    %326 = stablehlo.convert %196 : (tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xf32>
    %327 = stablehlo.slice %218 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %328 = stablehlo.reshape %327 : (tensor<1x64xf32>) -> tensor<64xf32>
    %329 = stablehlo.broadcast_in_dim %328, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %330 = stablehlo.slice %218 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %331 = stablehlo.reshape %330 : (tensor<1x64xf32>) -> tensor<64xf32>
    %332 = stablehlo.constant dense<1.0e-05> : tensor<64xf32>
    %333 = stablehlo.add %331, %332 : tensor<64xf32>
    %334 = stablehlo.rsqrt %333 : tensor<64xf32>
    %335 = stablehlo.broadcast_in_dim %334, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %336 = stablehlo.subtract %326, %329 : tensor<4x2x2x64xf32>
    %337 = stablehlo.multiply %336, %335 : tensor<4x2x2x64xf32>
    %338 = stablehlo.multiply %325, %337 : tensor<4x2x2x64xf32>
    %339 = stablehlo.constant dense<0.0> : tensor<f32>
    %340 = stablehlo.reduce(%325 init: %339) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<4x2x2x64xf32>, tensor<f32>) -> tensor<64xf32>
    %341 = stablehlo.constant dense<0.0> : tensor<f32>
    %342 = stablehlo.reduce(%338 init: %341) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<4x2x2x64xf32>, tensor<f32>) -> tensor<64xf32>
    %343 = stablehlo.reshape %340 : (tensor<64xf32>) -> tensor<1x64xf32>
    %344 = stablehlo.reshape %342 : (tensor<64xf32>) -> tensor<1x64xf32>
    %345 = stablehlo.concatenate %343, %344, dim = 0 : (tensor<1x64xf32>, tensor<1x64xf32>) -> tensor<2x64xf32>
    // row(1)
    %346 = stablehlo.slice %345 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %347 = stablehlo.reshape %346 : (tensor<1x64xf32>) -> tensor<64xf32>
    // row(0)
    %348 = stablehlo.slice %345 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %349 = stablehlo.reshape %348 : (tensor<1x64xf32>) -> tensor<64xf32>
    // batchNormGradient(epsilon: 1e-05)
    %350 = stablehlo.convert %324 : (tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xf32>
    %351 = stablehlo.convert %196 : (tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xf32>
    %352 = stablehlo.slice %218 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %353 = stablehlo.reshape %352 : (tensor<1x64xf32>) -> tensor<64xf32>
    %354 = stablehlo.broadcast_in_dim %353, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %355 = stablehlo.slice %218 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %356 = stablehlo.reshape %355 : (tensor<1x64xf32>) -> tensor<64xf32>
    %357 = stablehlo.constant dense<1.0e-05> : tensor<64xf32>
    %358 = stablehlo.add %356, %357 : tensor<64xf32>
    %359 = stablehlo.rsqrt %358 : tensor<64xf32>
    %360 = stablehlo.broadcast_in_dim %359, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %361 = stablehlo.subtract %351, %354 : tensor<4x2x2x64xf32>
    %362 = stablehlo.multiply %361, %360 : tensor<4x2x2x64xf32>
    %363 = stablehlo.constant dense<0.0625> : tensor<2x64xf32>
    %364 = stablehlo.multiply %345, %363 : tensor<2x64xf32>
    %365 = stablehlo.slice %364 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %366 = stablehlo.reshape %365 : (tensor<1x64xf32>) -> tensor<64xf32>
    %367 = stablehlo.broadcast_in_dim %366, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %368 = stablehlo.multiply %362, %367 : tensor<4x2x2x64xf32>
    %369 = stablehlo.slice %364 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %370 = stablehlo.reshape %369 : (tensor<1x64xf32>) -> tensor<64xf32>
    %371 = stablehlo.broadcast_in_dim %370, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %372 = stablehlo.add %371, %368 : tensor<4x2x2x64xf32>
    %373 = stablehlo.subtract %350, %372 : tensor<4x2x2x64xf32>
    %374 = stablehlo.slice %218 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %375 = stablehlo.reshape %374 : (tensor<1x64xf32>) -> tensor<64xf32>
    %376 = stablehlo.constant dense<1.0e-05> : tensor<64xf32>
    %377 = stablehlo.add %375, %376 : tensor<64xf32>
    %378 = stablehlo.rsqrt %377 : tensor<64xf32>
    %379 = stablehlo.multiply %378, %a11 : tensor<64xf32>
    %380 = stablehlo.broadcast_in_dim %379, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %381 = stablehlo.multiply %373, %380 : tensor<4x2x2x64xf32>
    %382 = stablehlo.convert %381 : (tensor<4x2x2x64xf32>) -> tensor<4x2x2x64xbf16>
    // conv2dGradientWeights(stride: 2, padding: 0, size: 1)
    %383 = stablehlo.convolution(%149, %382) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[0, -1], [0, -1]], lhs_dilate = [1, 1], rhs_dilate = [2, 2]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x4x32xbf16>, tensor<4x2x2x64xbf16>) -> tensor<64x32x1x1xbf16>
    %384 = stablehlo.convert %383 : (tensor<64x32x1x1xbf16>) -> tensor<64x32x1x1xf32>
    // conv2dGradientInput(stride: 2, padding: 0, height: 4, width: 4)
    %385 = stablehlo.convert %a10 : (tensor<64x32x1x1xf32>) -> tensor<64x32x1x1xbf16>
    %386 = stablehlo.reverse %385, dims = [2, 3] : tensor<64x32x1x1xbf16>
    %387 = stablehlo.convolution(%382, %386) dim_numbers = [b, 0, 1, f]x[i, o, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[0, 1], [0, 1]], lhs_dilate = [2, 2], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x2x64xbf16>, tensor<64x32x1x1xbf16>) -> tensor<4x4x4x32xbf16>
    // conv2dGradientWeights(stride: 1, padding: 1, size: 3)
    %388 = stablehlo.convolution(%191, %382) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x2x64xbf16>, tensor<4x2x2x64xbf16>) -> tensor<64x64x3x3xbf16>
    %389 = stablehlo.convert %388 : (tensor<64x64x3x3xbf16>) -> tensor<64x64x3x3xf32>
    // conv2dGradientInput(stride: 1, padding: 1, height: 2, width: 2)
    %390 = stablehlo.convert %a9 : (tensor<64x64x3x3xf32>) -> tensor<64x64x3x3xbf16>
    %391 = stablehlo.reverse %390, dims = [2, 3] : tensor<64x64x3x3xbf16>
    %392 = stablehlo.convolution(%382, %391) dim_numbers = [b, 0, 1, f]x[i, o, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x2x64xbf16>, tensor<64x64x3x3xbf16>) -> tensor<4x2x2x64xbf16>
    // reluGradient
    %393 = stablehlo.constant dense<0.0> : tensor<4x2x2x64xbf16>
    %394 = stablehlo.compare GT, %191, %393, FLOAT : (tensor<4x2x2x64xbf16>, tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xi1>
    %395 = stablehlo.select %394, %392, %393 : tensor<4x2x2x64xi1>, tensor<4x2x2x64xbf16>
    // batchNormGradientSums(epsilon: 1e-05)
    %396 = stablehlo.convert %395 : (tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xf32>
    %397 = stablehlo.convert %151 : (tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xf32>
    %398 = stablehlo.slice %173 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %399 = stablehlo.reshape %398 : (tensor<1x64xf32>) -> tensor<64xf32>
    %400 = stablehlo.broadcast_in_dim %399, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %401 = stablehlo.slice %173 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %402 = stablehlo.reshape %401 : (tensor<1x64xf32>) -> tensor<64xf32>
    %403 = stablehlo.constant dense<1.0e-05> : tensor<64xf32>
    %404 = stablehlo.add %402, %403 : tensor<64xf32>
    %405 = stablehlo.rsqrt %404 : tensor<64xf32>
    %406 = stablehlo.broadcast_in_dim %405, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %407 = stablehlo.subtract %397, %400 : tensor<4x2x2x64xf32>
    %408 = stablehlo.multiply %407, %406 : tensor<4x2x2x64xf32>
    %409 = stablehlo.multiply %396, %408 : tensor<4x2x2x64xf32>
    %410 = stablehlo.constant dense<0.0> : tensor<f32>
    %411 = stablehlo.reduce(%396 init: %410) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<4x2x2x64xf32>, tensor<f32>) -> tensor<64xf32>
    %412 = stablehlo.constant dense<0.0> : tensor<f32>
    %413 = stablehlo.reduce(%409 init: %412) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<4x2x2x64xf32>, tensor<f32>) -> tensor<64xf32>
    %414 = stablehlo.reshape %411 : (tensor<64xf32>) -> tensor<1x64xf32>
    %415 = stablehlo.reshape %413 : (tensor<64xf32>) -> tensor<1x64xf32>
    %416 = stablehlo.concatenate %414, %415, dim = 0 : (tensor<1x64xf32>, tensor<1x64xf32>) -> tensor<2x64xf32>
    // row(1)
    %417 = stablehlo.slice %416 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %418 = stablehlo.reshape %417 : (tensor<1x64xf32>) -> tensor<64xf32>
    // row(0)
    %419 = stablehlo.slice %416 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %420 = stablehlo.reshape %419 : (tensor<1x64xf32>) -> tensor<64xf32>
    // batchNormGradient(epsilon: 1e-05)
    %421 = stablehlo.convert %395 : (tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xf32>
    %422 = stablehlo.convert %151 : (tensor<4x2x2x64xbf16>) -> tensor<4x2x2x64xf32>
    %423 = stablehlo.slice %173 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %424 = stablehlo.reshape %423 : (tensor<1x64xf32>) -> tensor<64xf32>
    %425 = stablehlo.broadcast_in_dim %424, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %426 = stablehlo.slice %173 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %427 = stablehlo.reshape %426 : (tensor<1x64xf32>) -> tensor<64xf32>
    %428 = stablehlo.constant dense<1.0e-05> : tensor<64xf32>
    %429 = stablehlo.add %427, %428 : tensor<64xf32>
    %430 = stablehlo.rsqrt %429 : tensor<64xf32>
    %431 = stablehlo.broadcast_in_dim %430, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %432 = stablehlo.subtract %422, %425 : tensor<4x2x2x64xf32>
    %433 = stablehlo.multiply %432, %431 : tensor<4x2x2x64xf32>
    %434 = stablehlo.constant dense<0.0625> : tensor<2x64xf32>
    %435 = stablehlo.multiply %416, %434 : tensor<2x64xf32>
    %436 = stablehlo.slice %435 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %437 = stablehlo.reshape %436 : (tensor<1x64xf32>) -> tensor<64xf32>
    %438 = stablehlo.broadcast_in_dim %437, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %439 = stablehlo.multiply %433, %438 : tensor<4x2x2x64xf32>
    %440 = stablehlo.slice %435 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %441 = stablehlo.reshape %440 : (tensor<1x64xf32>) -> tensor<64xf32>
    %442 = stablehlo.broadcast_in_dim %441, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %443 = stablehlo.add %442, %439 : tensor<4x2x2x64xf32>
    %444 = stablehlo.subtract %421, %443 : tensor<4x2x2x64xf32>
    %445 = stablehlo.slice %173 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %446 = stablehlo.reshape %445 : (tensor<1x64xf32>) -> tensor<64xf32>
    %447 = stablehlo.constant dense<1.0e-05> : tensor<64xf32>
    %448 = stablehlo.add %446, %447 : tensor<64xf32>
    %449 = stablehlo.rsqrt %448 : tensor<64xf32>
    %450 = stablehlo.multiply %449, %a5 : tensor<64xf32>
    %451 = stablehlo.broadcast_in_dim %450, dims = [3] : (tensor<64xf32>) -> tensor<4x2x2x64xf32>
    %452 = stablehlo.multiply %444, %451 : tensor<4x2x2x64xf32>
    %453 = stablehlo.convert %452 : (tensor<4x2x2x64xf32>) -> tensor<4x2x2x64xbf16>
    // conv2dGradientWeights(stride: 2, padding: 1, size: 3)
    %454 = stablehlo.convolution(%149, %453) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[1, 0], [1, 0]], lhs_dilate = [1, 1], rhs_dilate = [2, 2]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x4x32xbf16>, tensor<4x2x2x64xbf16>) -> tensor<64x32x3x3xbf16>
    %455 = stablehlo.convert %454 : (tensor<64x32x3x3xbf16>) -> tensor<64x32x3x3xf32>
    // conv2dGradientInput(stride: 2, padding: 1, height: 4, width: 4)
    %456 = stablehlo.convert %a4 : (tensor<64x32x3x3xf32>) -> tensor<64x32x3x3xbf16>
    %457 = stablehlo.reverse %456, dims = [2, 3] : tensor<64x32x3x3xbf16>
    %458 = stablehlo.convolution(%453, %457) dim_numbers = [b, 0, 1, f]x[i, o, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 2], [1, 2]], lhs_dilate = [2, 2], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x2x64xbf16>, tensor<64x32x3x3xbf16>) -> tensor<4x4x4x32xbf16>
    // add
    %459 = stablehlo.add %387, %458 : tensor<4x4x4x32xbf16>
    // reluGradient
    %460 = stablehlo.constant dense<0.0> : tensor<4x4x4x32xbf16>
    %461 = stablehlo.compare GT, %149, %460, FLOAT : (tensor<4x4x4x32xbf16>, tensor<4x4x4x32xbf16>) -> tensor<4x4x4x32xi1>
    %462 = stablehlo.select %461, %459, %460 : tensor<4x4x4x32xi1>, tensor<4x4x4x32xbf16>
    // batchNormGradientSums(epsilon: 1e-05)
    %463 = stablehlo.convert %462 : (tensor<4x4x4x32xbf16>) -> tensor<4x4x4x32xf32>
    %464 = stablehlo.convert %109 : (tensor<4x4x4x32xbf16>) -> tensor<4x4x4x32xf32>
    %465 = stablehlo.slice %131 [0:1:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %466 = stablehlo.reshape %465 : (tensor<1x32xf32>) -> tensor<32xf32>
    %467 = stablehlo.broadcast_in_dim %466, dims = [3] : (tensor<32xf32>) -> tensor<4x4x4x32xf32>
    %468 = stablehlo.slice %131 [1:2:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %469 = stablehlo.reshape %468 : (tensor<1x32xf32>) -> tensor<32xf32>
    %470 = stablehlo.constant dense<1.0e-05> : tensor<32xf32>
    %471 = stablehlo.add %469, %470 : tensor<32xf32>
    %472 = stablehlo.rsqrt %471 : tensor<32xf32>
    %473 = stablehlo.broadcast_in_dim %472, dims = [3] : (tensor<32xf32>) -> tensor<4x4x4x32xf32>
    %474 = stablehlo.subtract %464, %467 : tensor<4x4x4x32xf32>
    %475 = stablehlo.multiply %474, %473 : tensor<4x4x4x32xf32>
    %476 = stablehlo.multiply %463, %475 : tensor<4x4x4x32xf32>
    %477 = stablehlo.constant dense<0.0> : tensor<f32>
    %478 = stablehlo.reduce(%463 init: %477) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<4x4x4x32xf32>, tensor<f32>) -> tensor<32xf32>
    %479 = stablehlo.constant dense<0.0> : tensor<f32>
    %480 = stablehlo.reduce(%476 init: %479) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<4x4x4x32xf32>, tensor<f32>) -> tensor<32xf32>
    %481 = stablehlo.reshape %478 : (tensor<32xf32>) -> tensor<1x32xf32>
    %482 = stablehlo.reshape %480 : (tensor<32xf32>) -> tensor<1x32xf32>
    %483 = stablehlo.concatenate %481, %482, dim = 0 : (tensor<1x32xf32>, tensor<1x32xf32>) -> tensor<2x32xf32>
    // row(1)
    %484 = stablehlo.slice %483 [1:2:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %485 = stablehlo.reshape %484 : (tensor<1x32xf32>) -> tensor<32xf32>
    // row(0)
    %486 = stablehlo.slice %483 [0:1:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %487 = stablehlo.reshape %486 : (tensor<1x32xf32>) -> tensor<32xf32>
    // results
    %488 = stablehlo.reshape %259 : (tensor<f32>) -> tensor<1xf32>
    %489 = stablehlo.reshape %280 : (tensor<f32>) -> tensor<1xf32>
    %490 = stablehlo.reshape %301 : (tensor<f32>) -> tensor<1xf32>
    %491 = stablehlo.concatenate %488, %489, %490, dim = 0 : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3xf32>
    // update
    %492 = stablehlo.constant dense<0.0001> : tensor<32xf32>
    %493 = stablehlo.multiply %a0, %492 : tensor<32xf32>
    %494 = stablehlo.add %485, %493 : tensor<32xf32>
    %495 = stablehlo.constant dense<0.9> : tensor<32xf32>
    %496 = stablehlo.multiply %a17, %495 : tensor<32xf32>
    %497 = stablehlo.add %496, %494 : tensor<32xf32>
    %498 = stablehlo.constant dense<0.9> : tensor<32xf32>
    %499 = stablehlo.multiply %497, %498 : tensor<32xf32>
    %500 = stablehlo.add %494, %499 : tensor<32xf32>
    %501 = stablehlo.constant dense<1.0> : tensor<f32>
    %502 = stablehlo.multiply %a92, %501 : tensor<f32>
    %503 = stablehlo.broadcast_in_dim %502, dims = [] : (tensor<f32>) -> tensor<32xf32>
    %504 = stablehlo.multiply %503, %500 : tensor<32xf32>
    %505 = stablehlo.subtract %a0, %504 : tensor<32xf32>
    %506 = stablehlo.constant dense<0.0001> : tensor<32xf32>
    %507 = stablehlo.multiply %a1, %506 : tensor<32xf32>
    %508 = stablehlo.add %487, %507 : tensor<32xf32>
    %509 = stablehlo.constant dense<0.9> : tensor<32xf32>
    %510 = stablehlo.multiply %a18, %509 : tensor<32xf32>
    %511 = stablehlo.add %510, %508 : tensor<32xf32>
    %512 = stablehlo.constant dense<0.9> : tensor<32xf32>
    %513 = stablehlo.multiply %511, %512 : tensor<32xf32>
    %514 = stablehlo.add %508, %513 : tensor<32xf32>
    %515 = stablehlo.constant dense<1.0> : tensor<f32>
    %516 = stablehlo.multiply %a92, %515 : tensor<f32>
    %517 = stablehlo.broadcast_in_dim %516, dims = [] : (tensor<f32>) -> tensor<32xf32>
    %518 = stablehlo.multiply %517, %514 : tensor<32xf32>
    %519 = stablehlo.subtract %a1, %518 : tensor<32xf32>
    %520 = stablehlo.constant dense<0.0001> : tensor<64x32x3x3xf32>
    %521 = stablehlo.multiply %a4, %520 : tensor<64x32x3x3xf32>
    %522 = stablehlo.add %455, %521 : tensor<64x32x3x3xf32>
    %523 = stablehlo.constant dense<0.9> : tensor<64x32x3x3xf32>
    %524 = stablehlo.multiply %a19, %523 : tensor<64x32x3x3xf32>
    %525 = stablehlo.add %524, %522 : tensor<64x32x3x3xf32>
    %526 = stablehlo.constant dense<0.9> : tensor<64x32x3x3xf32>
    %527 = stablehlo.multiply %525, %526 : tensor<64x32x3x3xf32>
    %528 = stablehlo.add %522, %527 : tensor<64x32x3x3xf32>
    %529 = stablehlo.constant dense<1.0> : tensor<f32>
    %530 = stablehlo.multiply %a92, %529 : tensor<f32>
    %531 = stablehlo.broadcast_in_dim %530, dims = [] : (tensor<f32>) -> tensor<64x32x3x3xf32>
    %532 = stablehlo.multiply %531, %528 : tensor<64x32x3x3xf32>
    %533 = stablehlo.subtract %a4, %532 : tensor<64x32x3x3xf32>
    %534 = stablehlo.constant dense<0.0001> : tensor<64xf32>
    %535 = stablehlo.multiply %a5, %534 : tensor<64xf32>
    %536 = stablehlo.add %418, %535 : tensor<64xf32>
    %537 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %538 = stablehlo.multiply %a20, %537 : tensor<64xf32>
    %539 = stablehlo.add %538, %536 : tensor<64xf32>
    %540 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %541 = stablehlo.multiply %539, %540 : tensor<64xf32>
    %542 = stablehlo.add %536, %541 : tensor<64xf32>
    %543 = stablehlo.constant dense<1.0> : tensor<f32>
    %544 = stablehlo.multiply %a92, %543 : tensor<f32>
    %545 = stablehlo.broadcast_in_dim %544, dims = [] : (tensor<f32>) -> tensor<64xf32>
    %546 = stablehlo.multiply %545, %542 : tensor<64xf32>
    %547 = stablehlo.subtract %a5, %546 : tensor<64xf32>
    %548 = stablehlo.constant dense<0.0001> : tensor<64xf32>
    %549 = stablehlo.multiply %a6, %548 : tensor<64xf32>
    %550 = stablehlo.add %420, %549 : tensor<64xf32>
    %551 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %552 = stablehlo.multiply %a21, %551 : tensor<64xf32>
    %553 = stablehlo.add %552, %550 : tensor<64xf32>
    %554 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %555 = stablehlo.multiply %553, %554 : tensor<64xf32>
    %556 = stablehlo.add %550, %555 : tensor<64xf32>
    %557 = stablehlo.constant dense<1.0> : tensor<f32>
    %558 = stablehlo.multiply %a92, %557 : tensor<f32>
    %559 = stablehlo.broadcast_in_dim %558, dims = [] : (tensor<f32>) -> tensor<64xf32>
    %560 = stablehlo.multiply %559, %556 : tensor<64xf32>
    %561 = stablehlo.subtract %a6, %560 : tensor<64xf32>
    %562 = stablehlo.constant dense<0.0001> : tensor<64x64x3x3xf32>
    %563 = stablehlo.multiply %a9, %562 : tensor<64x64x3x3xf32>
    %564 = stablehlo.add %389, %563 : tensor<64x64x3x3xf32>
    %565 = stablehlo.constant dense<0.9> : tensor<64x64x3x3xf32>
    %566 = stablehlo.multiply %a22, %565 : tensor<64x64x3x3xf32>
    %567 = stablehlo.add %566, %564 : tensor<64x64x3x3xf32>
    %568 = stablehlo.constant dense<0.9> : tensor<64x64x3x3xf32>
    %569 = stablehlo.multiply %567, %568 : tensor<64x64x3x3xf32>
    %570 = stablehlo.add %564, %569 : tensor<64x64x3x3xf32>
    %571 = stablehlo.constant dense<1.0> : tensor<f32>
    %572 = stablehlo.multiply %a92, %571 : tensor<f32>
    %573 = stablehlo.broadcast_in_dim %572, dims = [] : (tensor<f32>) -> tensor<64x64x3x3xf32>
    %574 = stablehlo.multiply %573, %570 : tensor<64x64x3x3xf32>
    %575 = stablehlo.subtract %a9, %574 : tensor<64x64x3x3xf32>
    %576 = stablehlo.constant dense<0.0001> : tensor<64x32x1x1xf32>
    %577 = stablehlo.multiply %a10, %576 : tensor<64x32x1x1xf32>
    %578 = stablehlo.add %384, %577 : tensor<64x32x1x1xf32>
    %579 = stablehlo.constant dense<0.9> : tensor<64x32x1x1xf32>
    %580 = stablehlo.multiply %a23, %579 : tensor<64x32x1x1xf32>
    %581 = stablehlo.add %580, %578 : tensor<64x32x1x1xf32>
    %582 = stablehlo.constant dense<0.9> : tensor<64x32x1x1xf32>
    %583 = stablehlo.multiply %581, %582 : tensor<64x32x1x1xf32>
    %584 = stablehlo.add %578, %583 : tensor<64x32x1x1xf32>
    %585 = stablehlo.constant dense<1.0> : tensor<f32>
    %586 = stablehlo.multiply %a92, %585 : tensor<f32>
    %587 = stablehlo.broadcast_in_dim %586, dims = [] : (tensor<f32>) -> tensor<64x32x1x1xf32>
    %588 = stablehlo.multiply %587, %584 : tensor<64x32x1x1xf32>
    %589 = stablehlo.subtract %a10, %588 : tensor<64x32x1x1xf32>
    %590 = stablehlo.constant dense<0.0001> : tensor<64xf32>
    %591 = stablehlo.multiply %a11, %590 : tensor<64xf32>
    %592 = stablehlo.add %347, %591 : tensor<64xf32>
    %593 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %594 = stablehlo.multiply %a24, %593 : tensor<64xf32>
    %595 = stablehlo.add %594, %592 : tensor<64xf32>
    %596 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %597 = stablehlo.multiply %595, %596 : tensor<64xf32>
    %598 = stablehlo.add %592, %597 : tensor<64xf32>
    %599 = stablehlo.constant dense<1.0> : tensor<f32>
    %600 = stablehlo.multiply %a92, %599 : tensor<f32>
    %601 = stablehlo.broadcast_in_dim %600, dims = [] : (tensor<f32>) -> tensor<64xf32>
    %602 = stablehlo.multiply %601, %598 : tensor<64xf32>
    %603 = stablehlo.subtract %a11, %602 : tensor<64xf32>
    %604 = stablehlo.constant dense<0.0001> : tensor<64xf32>
    %605 = stablehlo.multiply %a12, %604 : tensor<64xf32>
    %606 = stablehlo.add %349, %605 : tensor<64xf32>
    %607 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %608 = stablehlo.multiply %a25, %607 : tensor<64xf32>
    %609 = stablehlo.add %608, %606 : tensor<64xf32>
    %610 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %611 = stablehlo.multiply %609, %610 : tensor<64xf32>
    %612 = stablehlo.add %606, %611 : tensor<64xf32>
    %613 = stablehlo.constant dense<1.0> : tensor<f32>
    %614 = stablehlo.multiply %a92, %613 : tensor<f32>
    %615 = stablehlo.broadcast_in_dim %614, dims = [] : (tensor<f32>) -> tensor<64xf32>
    %616 = stablehlo.multiply %615, %612 : tensor<64xf32>
    %617 = stablehlo.subtract %a12, %616 : tensor<64xf32>
    %618 = stablehlo.constant dense<0.0001> : tensor<4x64xf32>
    %619 = stablehlo.multiply %a15, %618 : tensor<4x64xf32>
    %620 = stablehlo.add %314, %619 : tensor<4x64xf32>
    %621 = stablehlo.constant dense<0.9> : tensor<4x64xf32>
    %622 = stablehlo.multiply %a26, %621 : tensor<4x64xf32>
    %623 = stablehlo.add %622, %620 : tensor<4x64xf32>
    %624 = stablehlo.constant dense<0.9> : tensor<4x64xf32>
    %625 = stablehlo.multiply %623, %624 : tensor<4x64xf32>
    %626 = stablehlo.add %620, %625 : tensor<4x64xf32>
    %627 = stablehlo.constant dense<1.0> : tensor<f32>
    %628 = stablehlo.multiply %a92, %627 : tensor<f32>
    %629 = stablehlo.broadcast_in_dim %628, dims = [] : (tensor<f32>) -> tensor<4x64xf32>
    %630 = stablehlo.multiply %629, %626 : tensor<4x64xf32>
    %631 = stablehlo.subtract %a15, %630 : tensor<4x64xf32>
    %632 = stablehlo.constant dense<0.0001> : tensor<4xf32>
    %633 = stablehlo.multiply %a16, %632 : tensor<4xf32>
    %634 = stablehlo.add %316, %633 : tensor<4xf32>
    %635 = stablehlo.constant dense<0.9> : tensor<4xf32>
    %636 = stablehlo.multiply %a27, %635 : tensor<4xf32>
    %637 = stablehlo.add %636, %634 : tensor<4xf32>
    %638 = stablehlo.constant dense<0.9> : tensor<4xf32>
    %639 = stablehlo.multiply %637, %638 : tensor<4xf32>
    %640 = stablehlo.add %634, %639 : tensor<4xf32>
    %641 = stablehlo.constant dense<1.0> : tensor<f32>
    %642 = stablehlo.multiply %a92, %641 : tensor<f32>
    %643 = stablehlo.broadcast_in_dim %642, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %644 = stablehlo.multiply %643, %640 : tensor<4xf32>
    %645 = stablehlo.subtract %a16, %644 : tensor<4xf32>
    // running statistics
    %646 = stablehlo.slice %131 [0:1:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %647 = stablehlo.reshape %646 : (tensor<1x32xf32>) -> tensor<32xf32>
    %648 = stablehlo.constant dense<0.100000024> : tensor<32xf32>
    %649 = stablehlo.multiply %647, %648 : tensor<32xf32>
    %650 = stablehlo.constant dense<0.9> : tensor<32xf32>
    %651 = stablehlo.multiply %a2, %650 : tensor<32xf32>
    %652 = stablehlo.add %651, %649 : tensor<32xf32>
    %653 = stablehlo.slice %131 [1:2:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %654 = stablehlo.reshape %653 : (tensor<1x32xf32>) -> tensor<32xf32>
    %655 = stablehlo.constant dense<1.0158731> : tensor<32xf32>
    %656 = stablehlo.multiply %654, %655 : tensor<32xf32>
    %657 = stablehlo.constant dense<0.100000024> : tensor<32xf32>
    %658 = stablehlo.multiply %656, %657 : tensor<32xf32>
    %659 = stablehlo.constant dense<0.9> : tensor<32xf32>
    %660 = stablehlo.multiply %a3, %659 : tensor<32xf32>
    %661 = stablehlo.add %660, %658 : tensor<32xf32>
    %662 = stablehlo.slice %173 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %663 = stablehlo.reshape %662 : (tensor<1x64xf32>) -> tensor<64xf32>
    %664 = stablehlo.constant dense<0.100000024> : tensor<64xf32>
    %665 = stablehlo.multiply %663, %664 : tensor<64xf32>
    %666 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %667 = stablehlo.multiply %a7, %666 : tensor<64xf32>
    %668 = stablehlo.add %667, %665 : tensor<64xf32>
    %669 = stablehlo.slice %173 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %670 = stablehlo.reshape %669 : (tensor<1x64xf32>) -> tensor<64xf32>
    %671 = stablehlo.constant dense<1.0666667> : tensor<64xf32>
    %672 = stablehlo.multiply %670, %671 : tensor<64xf32>
    %673 = stablehlo.constant dense<0.100000024> : tensor<64xf32>
    %674 = stablehlo.multiply %672, %673 : tensor<64xf32>
    %675 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %676 = stablehlo.multiply %a8, %675 : tensor<64xf32>
    %677 = stablehlo.add %676, %674 : tensor<64xf32>
    %678 = stablehlo.slice %218 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %679 = stablehlo.reshape %678 : (tensor<1x64xf32>) -> tensor<64xf32>
    %680 = stablehlo.constant dense<0.100000024> : tensor<64xf32>
    %681 = stablehlo.multiply %679, %680 : tensor<64xf32>
    %682 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %683 = stablehlo.multiply %a13, %682 : tensor<64xf32>
    %684 = stablehlo.add %683, %681 : tensor<64xf32>
    %685 = stablehlo.slice %218 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %686 = stablehlo.reshape %685 : (tensor<1x64xf32>) -> tensor<64xf32>
    %687 = stablehlo.constant dense<1.0666667> : tensor<64xf32>
    %688 = stablehlo.multiply %686, %687 : tensor<64xf32>
    %689 = stablehlo.constant dense<0.100000024> : tensor<64xf32>
    %690 = stablehlo.multiply %688, %689 : tensor<64xf32>
    %691 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %692 = stablehlo.multiply %a14, %691 : tensor<64xf32>
    %693 = stablehlo.add %692, %690 : tensor<64xf32>
    // averages
    %694 = stablehlo.constant dense<0.00999999> : tensor<16x3x3x3xf32>
    %695 = stablehlo.multiply %a67, %694 : tensor<16x3x3x3xf32>
    %696 = stablehlo.constant dense<0.99> : tensor<16x3x3x3xf32>
    %697 = stablehlo.multiply %a28, %696 : tensor<16x3x3x3xf32>
    %698 = stablehlo.add %697, %695 : tensor<16x3x3x3xf32>
    %699 = stablehlo.constant dense<0.00999999> : tensor<16xf32>
    %700 = stablehlo.multiply %a68, %699 : tensor<16xf32>
    %701 = stablehlo.constant dense<0.99> : tensor<16xf32>
    %702 = stablehlo.multiply %a29, %701 : tensor<16xf32>
    %703 = stablehlo.add %702, %700 : tensor<16xf32>
    %704 = stablehlo.constant dense<0.00999999> : tensor<16xf32>
    %705 = stablehlo.multiply %a69, %704 : tensor<16xf32>
    %706 = stablehlo.constant dense<0.99> : tensor<16xf32>
    %707 = stablehlo.multiply %a30, %706 : tensor<16xf32>
    %708 = stablehlo.add %707, %705 : tensor<16xf32>
    %709 = stablehlo.constant dense<0.00999999> : tensor<16xf32>
    %710 = stablehlo.multiply %a70, %709 : tensor<16xf32>
    %711 = stablehlo.constant dense<0.99> : tensor<16xf32>
    %712 = stablehlo.multiply %a31, %711 : tensor<16xf32>
    %713 = stablehlo.add %712, %710 : tensor<16xf32>
    %714 = stablehlo.constant dense<0.00999999> : tensor<16xf32>
    %715 = stablehlo.multiply %a71, %714 : tensor<16xf32>
    %716 = stablehlo.constant dense<0.99> : tensor<16xf32>
    %717 = stablehlo.multiply %a32, %716 : tensor<16xf32>
    %718 = stablehlo.add %717, %715 : tensor<16xf32>
    %719 = stablehlo.constant dense<0.00999999> : tensor<16x16x3x3xf32>
    %720 = stablehlo.multiply %a72, %719 : tensor<16x16x3x3xf32>
    %721 = stablehlo.constant dense<0.99> : tensor<16x16x3x3xf32>
    %722 = stablehlo.multiply %a33, %721 : tensor<16x16x3x3xf32>
    %723 = stablehlo.add %722, %720 : tensor<16x16x3x3xf32>
    %724 = stablehlo.constant dense<0.00999999> : tensor<16xf32>
    %725 = stablehlo.multiply %a73, %724 : tensor<16xf32>
    %726 = stablehlo.constant dense<0.99> : tensor<16xf32>
    %727 = stablehlo.multiply %a34, %726 : tensor<16xf32>
    %728 = stablehlo.add %727, %725 : tensor<16xf32>
    %729 = stablehlo.constant dense<0.00999999> : tensor<16xf32>
    %730 = stablehlo.multiply %a74, %729 : tensor<16xf32>
    %731 = stablehlo.constant dense<0.99> : tensor<16xf32>
    %732 = stablehlo.multiply %a35, %731 : tensor<16xf32>
    %733 = stablehlo.add %732, %730 : tensor<16xf32>
    %734 = stablehlo.constant dense<0.00999999> : tensor<16xf32>
    %735 = stablehlo.multiply %a75, %734 : tensor<16xf32>
    %736 = stablehlo.constant dense<0.99> : tensor<16xf32>
    %737 = stablehlo.multiply %a36, %736 : tensor<16xf32>
    %738 = stablehlo.add %737, %735 : tensor<16xf32>
    %739 = stablehlo.constant dense<0.00999999> : tensor<16xf32>
    %740 = stablehlo.multiply %a76, %739 : tensor<16xf32>
    %741 = stablehlo.constant dense<0.99> : tensor<16xf32>
    %742 = stablehlo.multiply %a37, %741 : tensor<16xf32>
    %743 = stablehlo.add %742, %740 : tensor<16xf32>
    %744 = stablehlo.constant dense<0.00999999> : tensor<16x16x3x3xf32>
    %745 = stablehlo.multiply %a77, %744 : tensor<16x16x3x3xf32>
    %746 = stablehlo.constant dense<0.99> : tensor<16x16x3x3xf32>
    %747 = stablehlo.multiply %a38, %746 : tensor<16x16x3x3xf32>
    %748 = stablehlo.add %747, %745 : tensor<16x16x3x3xf32>
    %749 = stablehlo.constant dense<0.00999999> : tensor<16xf32>
    %750 = stablehlo.multiply %a78, %749 : tensor<16xf32>
    %751 = stablehlo.constant dense<0.99> : tensor<16xf32>
    %752 = stablehlo.multiply %a39, %751 : tensor<16xf32>
    %753 = stablehlo.add %752, %750 : tensor<16xf32>
    %754 = stablehlo.constant dense<0.00999999> : tensor<16xf32>
    %755 = stablehlo.multiply %a79, %754 : tensor<16xf32>
    %756 = stablehlo.constant dense<0.99> : tensor<16xf32>
    %757 = stablehlo.multiply %a40, %756 : tensor<16xf32>
    %758 = stablehlo.add %757, %755 : tensor<16xf32>
    %759 = stablehlo.constant dense<0.00999999> : tensor<16xf32>
    %760 = stablehlo.multiply %a80, %759 : tensor<16xf32>
    %761 = stablehlo.constant dense<0.99> : tensor<16xf32>
    %762 = stablehlo.multiply %a41, %761 : tensor<16xf32>
    %763 = stablehlo.add %762, %760 : tensor<16xf32>
    %764 = stablehlo.constant dense<0.00999999> : tensor<16xf32>
    %765 = stablehlo.multiply %a81, %764 : tensor<16xf32>
    %766 = stablehlo.constant dense<0.99> : tensor<16xf32>
    %767 = stablehlo.multiply %a42, %766 : tensor<16xf32>
    %768 = stablehlo.add %767, %765 : tensor<16xf32>
    %769 = stablehlo.constant dense<0.00999999> : tensor<32x16x3x3xf32>
    %770 = stablehlo.multiply %a82, %769 : tensor<32x16x3x3xf32>
    %771 = stablehlo.constant dense<0.99> : tensor<32x16x3x3xf32>
    %772 = stablehlo.multiply %a43, %771 : tensor<32x16x3x3xf32>
    %773 = stablehlo.add %772, %770 : tensor<32x16x3x3xf32>
    %774 = stablehlo.constant dense<0.00999999> : tensor<32xf32>
    %775 = stablehlo.multiply %a83, %774 : tensor<32xf32>
    %776 = stablehlo.constant dense<0.99> : tensor<32xf32>
    %777 = stablehlo.multiply %a44, %776 : tensor<32xf32>
    %778 = stablehlo.add %777, %775 : tensor<32xf32>
    %779 = stablehlo.constant dense<0.00999999> : tensor<32xf32>
    %780 = stablehlo.multiply %a84, %779 : tensor<32xf32>
    %781 = stablehlo.constant dense<0.99> : tensor<32xf32>
    %782 = stablehlo.multiply %a45, %781 : tensor<32xf32>
    %783 = stablehlo.add %782, %780 : tensor<32xf32>
    %784 = stablehlo.constant dense<0.00999999> : tensor<32xf32>
    %785 = stablehlo.multiply %a85, %784 : tensor<32xf32>
    %786 = stablehlo.constant dense<0.99> : tensor<32xf32>
    %787 = stablehlo.multiply %a46, %786 : tensor<32xf32>
    %788 = stablehlo.add %787, %785 : tensor<32xf32>
    %789 = stablehlo.constant dense<0.00999999> : tensor<32xf32>
    %790 = stablehlo.multiply %a86, %789 : tensor<32xf32>
    %791 = stablehlo.constant dense<0.99> : tensor<32xf32>
    %792 = stablehlo.multiply %a47, %791 : tensor<32xf32>
    %793 = stablehlo.add %792, %790 : tensor<32xf32>
    %794 = stablehlo.constant dense<0.00999999> : tensor<32x32x3x3xf32>
    %795 = stablehlo.multiply %a87, %794 : tensor<32x32x3x3xf32>
    %796 = stablehlo.constant dense<0.99> : tensor<32x32x3x3xf32>
    %797 = stablehlo.multiply %a48, %796 : tensor<32x32x3x3xf32>
    %798 = stablehlo.add %797, %795 : tensor<32x32x3x3xf32>
    %799 = stablehlo.constant dense<0.00999999> : tensor<32x16x1x1xf32>
    %800 = stablehlo.multiply %a88, %799 : tensor<32x16x1x1xf32>
    %801 = stablehlo.constant dense<0.99> : tensor<32x16x1x1xf32>
    %802 = stablehlo.multiply %a49, %801 : tensor<32x16x1x1xf32>
    %803 = stablehlo.add %802, %800 : tensor<32x16x1x1xf32>
    %804 = stablehlo.constant dense<0.00999999> : tensor<32xf32>
    %805 = stablehlo.multiply %505, %804 : tensor<32xf32>
    %806 = stablehlo.constant dense<0.99> : tensor<32xf32>
    %807 = stablehlo.multiply %a50, %806 : tensor<32xf32>
    %808 = stablehlo.add %807, %805 : tensor<32xf32>
    %809 = stablehlo.constant dense<0.00999999> : tensor<32xf32>
    %810 = stablehlo.multiply %519, %809 : tensor<32xf32>
    %811 = stablehlo.constant dense<0.99> : tensor<32xf32>
    %812 = stablehlo.multiply %a51, %811 : tensor<32xf32>
    %813 = stablehlo.add %812, %810 : tensor<32xf32>
    %814 = stablehlo.constant dense<0.00999999> : tensor<32xf32>
    %815 = stablehlo.multiply %652, %814 : tensor<32xf32>
    %816 = stablehlo.constant dense<0.99> : tensor<32xf32>
    %817 = stablehlo.multiply %a52, %816 : tensor<32xf32>
    %818 = stablehlo.add %817, %815 : tensor<32xf32>
    %819 = stablehlo.constant dense<0.00999999> : tensor<32xf32>
    %820 = stablehlo.multiply %661, %819 : tensor<32xf32>
    %821 = stablehlo.constant dense<0.99> : tensor<32xf32>
    %822 = stablehlo.multiply %a53, %821 : tensor<32xf32>
    %823 = stablehlo.add %822, %820 : tensor<32xf32>
    %824 = stablehlo.constant dense<0.00999999> : tensor<64x32x3x3xf32>
    %825 = stablehlo.multiply %533, %824 : tensor<64x32x3x3xf32>
    %826 = stablehlo.constant dense<0.99> : tensor<64x32x3x3xf32>
    %827 = stablehlo.multiply %a54, %826 : tensor<64x32x3x3xf32>
    %828 = stablehlo.add %827, %825 : tensor<64x32x3x3xf32>
    %829 = stablehlo.constant dense<0.00999999> : tensor<64xf32>
    %830 = stablehlo.multiply %547, %829 : tensor<64xf32>
    %831 = stablehlo.constant dense<0.99> : tensor<64xf32>
    %832 = stablehlo.multiply %a55, %831 : tensor<64xf32>
    %833 = stablehlo.add %832, %830 : tensor<64xf32>
    %834 = stablehlo.constant dense<0.00999999> : tensor<64xf32>
    %835 = stablehlo.multiply %561, %834 : tensor<64xf32>
    %836 = stablehlo.constant dense<0.99> : tensor<64xf32>
    %837 = stablehlo.multiply %a56, %836 : tensor<64xf32>
    %838 = stablehlo.add %837, %835 : tensor<64xf32>
    %839 = stablehlo.constant dense<0.00999999> : tensor<64xf32>
    %840 = stablehlo.multiply %668, %839 : tensor<64xf32>
    %841 = stablehlo.constant dense<0.99> : tensor<64xf32>
    %842 = stablehlo.multiply %a57, %841 : tensor<64xf32>
    %843 = stablehlo.add %842, %840 : tensor<64xf32>
    %844 = stablehlo.constant dense<0.00999999> : tensor<64xf32>
    %845 = stablehlo.multiply %677, %844 : tensor<64xf32>
    %846 = stablehlo.constant dense<0.99> : tensor<64xf32>
    %847 = stablehlo.multiply %a58, %846 : tensor<64xf32>
    %848 = stablehlo.add %847, %845 : tensor<64xf32>
    %849 = stablehlo.constant dense<0.00999999> : tensor<64x64x3x3xf32>
    %850 = stablehlo.multiply %575, %849 : tensor<64x64x3x3xf32>
    %851 = stablehlo.constant dense<0.99> : tensor<64x64x3x3xf32>
    %852 = stablehlo.multiply %a59, %851 : tensor<64x64x3x3xf32>
    %853 = stablehlo.add %852, %850 : tensor<64x64x3x3xf32>
    %854 = stablehlo.constant dense<0.00999999> : tensor<64x32x1x1xf32>
    %855 = stablehlo.multiply %589, %854 : tensor<64x32x1x1xf32>
    %856 = stablehlo.constant dense<0.99> : tensor<64x32x1x1xf32>
    %857 = stablehlo.multiply %a60, %856 : tensor<64x32x1x1xf32>
    %858 = stablehlo.add %857, %855 : tensor<64x32x1x1xf32>
    %859 = stablehlo.constant dense<0.00999999> : tensor<64xf32>
    %860 = stablehlo.multiply %603, %859 : tensor<64xf32>
    %861 = stablehlo.constant dense<0.99> : tensor<64xf32>
    %862 = stablehlo.multiply %a61, %861 : tensor<64xf32>
    %863 = stablehlo.add %862, %860 : tensor<64xf32>
    %864 = stablehlo.constant dense<0.00999999> : tensor<64xf32>
    %865 = stablehlo.multiply %617, %864 : tensor<64xf32>
    %866 = stablehlo.constant dense<0.99> : tensor<64xf32>
    %867 = stablehlo.multiply %a62, %866 : tensor<64xf32>
    %868 = stablehlo.add %867, %865 : tensor<64xf32>
    %869 = stablehlo.constant dense<0.00999999> : tensor<64xf32>
    %870 = stablehlo.multiply %684, %869 : tensor<64xf32>
    %871 = stablehlo.constant dense<0.99> : tensor<64xf32>
    %872 = stablehlo.multiply %a63, %871 : tensor<64xf32>
    %873 = stablehlo.add %872, %870 : tensor<64xf32>
    %874 = stablehlo.constant dense<0.00999999> : tensor<64xf32>
    %875 = stablehlo.multiply %693, %874 : tensor<64xf32>
    %876 = stablehlo.constant dense<0.99> : tensor<64xf32>
    %877 = stablehlo.multiply %a64, %876 : tensor<64xf32>
    %878 = stablehlo.add %877, %875 : tensor<64xf32>
    %879 = stablehlo.constant dense<0.00999999> : tensor<4x64xf32>
    %880 = stablehlo.multiply %631, %879 : tensor<4x64xf32>
    %881 = stablehlo.constant dense<0.99> : tensor<4x64xf32>
    %882 = stablehlo.multiply %a65, %881 : tensor<4x64xf32>
    %883 = stablehlo.add %882, %880 : tensor<4x64xf32>
    %884 = stablehlo.constant dense<0.00999999> : tensor<4xf32>
    %885 = stablehlo.multiply %645, %884 : tensor<4xf32>
    %886 = stablehlo.constant dense<0.99> : tensor<4xf32>
    %887 = stablehlo.multiply %a66, %886 : tensor<4xf32>
    %888 = stablehlo.add %887, %885 : tensor<4xf32>
    return %491, %505, %519, %652, %661, %533, %547, %561, %668, %677, %575, %589, %603, %617, %684, %693, %631, %645, %497, %511, %525, %539, %553, %567, %581, %595, %609, %623, %637, %698, %703, %708, %713, %718, %723, %728, %733, %738, %743, %748, %753, %758, %763, %768, %773, %778, %783, %788, %793, %798, %803, %808, %813, %818, %823, %828, %833, %838, %843, %848, %853, %858, %863, %868, %873, %878, %883, %888 : tensor<3xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<64x32x3x3xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64x64x3x3xf32>, tensor<64x32x1x1xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<4x64xf32>, tensor<4xf32>, tensor<32xf32>, tensor<32xf32>, tensor<64x32x3x3xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64x64x3x3xf32>, tensor<64x32x1x1xf32>, tensor<64xf32>, tensor<64xf32>, tensor<4x64xf32>, tensor<4xf32>, tensor<16x3x3x3xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<32x16x3x3xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32x32x3x3xf32>, tensor<32x16x1x1xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32xf32>, tensor<64x32x3x3xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64x64x3x3xf32>, tensor<64x32x1x1xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<4x64xf32>, tensor<4xf32>
  }
}
