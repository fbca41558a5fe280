module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 2 : i32} {
  func.func public @main(%a0: tensor<64xf32> {tf.aliasing_output = 1 : i32}, %a1: tensor<64xf32> {tf.aliasing_output = 2 : i32}, %a2: tensor<64xf32> {tf.aliasing_output = 3 : i32}, %a3: tensor<64xf32> {tf.aliasing_output = 4 : i32}, %a4: tensor<4x64xf32> {tf.aliasing_output = 5 : i32}, %a5: tensor<4xf32> {tf.aliasing_output = 6 : i32}, %a6: tensor<64xf32> {tf.aliasing_output = 7 : i32}, %a7: tensor<64xf32> {tf.aliasing_output = 8 : i32}, %a8: tensor<4x64xf32> {tf.aliasing_output = 9 : i32}, %a9: tensor<4xf32> {tf.aliasing_output = 10 : i32}, %a10: tensor<16x3x3x3xf32>, %a11: tensor<16xf32>, %a12: tensor<16xf32>, %a13: tensor<16xf32>, %a14: tensor<16xf32>, %a15: tensor<16x16x3x3xf32>, %a16: tensor<16xf32>, %a17: tensor<16xf32>, %a18: tensor<16xf32>, %a19: tensor<16xf32>, %a20: tensor<16x16x3x3xf32>, %a21: tensor<16xf32>, %a22: tensor<16xf32>, %a23: tensor<16xf32>, %a24: tensor<16xf32>, %a25: tensor<32x16x3x3xf32>, %a26: tensor<32xf32>, %a27: tensor<32xf32>, %a28: tensor<32xf32>, %a29: tensor<32xf32>, %a30: tensor<32x32x3x3xf32>, %a31: tensor<32x16x1x1xf32>, %a32: tensor<32xf32>, %a33: tensor<32xf32>, %a34: tensor<32xf32>, %a35: tensor<32xf32>, %a36: tensor<64x32x3x3xf32>, %a37: tensor<64xf32>, %a38: tensor<64xf32>, %a39: tensor<64xf32>, %a40: tensor<64xf32>, %a41: tensor<64x64x3x3xf32>, %a42: tensor<64x32x1x1xf32>, %a43: tensor<10x8x8x3xui8>, %a44: tensor<2xi32>, %a45: tensor<2x2xi32>, %a46: tensor<2xi1>, %a47: tensor<2xi32>, %a48: tensor<2x4xf32>, %a49: tensor<f32>) -> (tensor<3xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<4x64xf32>, tensor<4xf32>, tensor<64xf32>, tensor<64xf32>, tensor<4x64xf32>, tensor<4xf32>) {
    // tiles of the store
    %0 = stablehlo.iota dim = 2 : tensor<2x8x8xi32>
    %1 = stablehlo.constant dense<7> : tensor<2x8x8xi32>
    %2 = stablehlo.subtract %1, %0 : tensor<2x8x8xi32>
    %3 = stablehlo.broadcast_in_dim %a46, dims = [0] : (tensor<2xi1>) -> tensor<2x8x8xi1>
    %4 = stablehlo.select %3, %2, %0 : tensor<2x8x8xi1>, tensor<2x8x8xi32>
    %5 = stablehlo.slice %a45 [0:2:1, 0:1:1] : (tensor<2x2xi32>) -> tensor<2x1xi32>
    %6 = stablehlo.reshape %5 : (tensor<2x1xi32>) -> tensor<2xi32>
    %7 = stablehlo.slice %a45 [0:2:1, 1:2:1] : (tensor<2x2xi32>) -> tensor<2x1xi32>
    %8 = stablehlo.reshape %7 : (tensor<2x1xi32>) -> tensor<2xi32>
    %9 = stablehlo.iota dim = 1 : tensor<2x8x8xi32>
    %10 = stablehlo.broadcast_in_dim %6, dims = [0] : (tensor<2xi32>) -> tensor<2x8x8xi32>
    %11 = stablehlo.add %9, %10 : tensor<2x8x8xi32>
    %12 = stablehlo.broadcast_in_dim %8, dims = [0] : (tensor<2xi32>) -> tensor<2x8x8xi32>
    %13 = stablehlo.add %4, %12 : tensor<2x8x8xi32>
    %14 = stablehlo.constant dense<0> : tensor<2x8x8xi32>
    %15 = stablehlo.compare GE, %11, %14, SIGNED : (tensor<2x8x8xi32>, tensor<2x8x8xi32>) -> tensor<2x8x8xi1>
    %16 = stablehlo.constant dense<8> : tensor<2x8x8xi32>
    %17 = stablehlo.compare LT, %11, %16, SIGNED : (tensor<2x8x8xi32>, tensor<2x8x8xi32>) -> tensor<2x8x8xi1>
    %18 = stablehlo.and %15, %17 : tensor<2x8x8xi1>
    %19 = stablehlo.constant dense<0> : tensor<2x8x8xi32>
    %20 = stablehlo.compare GE, %13, %19, SIGNED : (tensor<2x8x8xi32>, tensor<2x8x8xi32>) -> tensor<2x8x8xi1>
    %21 = stablehlo.constant dense<8> : tensor<2x8x8xi32>
    %22 = stablehlo.compare LT, %13, %21, SIGNED : (tensor<2x8x8xi32>, tensor<2x8x8xi32>) -> tensor<2x8x8xi1>
    %23 = stablehlo.and %20, %22 : tensor<2x8x8xi1>
    %24 = stablehlo.and %18, %23 : tensor<2x8x8xi1>
    %25 = stablehlo.broadcast_in_dim %a44, dims = [0] : (tensor<2xi32>) -> tensor<2x8x8xi32>
    %26 = stablehlo.reshape %25 : (tensor<2x8x8xi32>) -> tensor<2x8x8x1xi32>
    %27 = stablehlo.reshape %11 : (tensor<2x8x8xi32>) -> tensor<2x8x8x1xi32>
    %28 = stablehlo.reshape %13 : (tensor<2x8x8xi32>) -> tensor<2x8x8x1xi32>
    %29 = stablehlo.concatenate %26, %27, %28, dim = 3 : (tensor<2x8x8x1xi32>, tensor<2x8x8x1xi32>, tensor<2x8x8x1xi32>) -> tensor<2x8x8x3xi32>
    %30 = "stablehlo.gather"(%a43, %29) <{dimension_numbers = #stablehlo.gather<offset_dims = [3], collapsed_slice_dims = [0, 1, 2], start_index_map = [0, 1, 2], index_vector_dim = 3>, slice_sizes = array<i64: 1, 1, 1, 3>, indices_are_sorted = false}> : (tensor<10x8x8x3xui8>, tensor<2x8x8x3xi32>) -> tensor<2x8x8x3xui8>
    %31 = stablehlo.constant dense<0> : tensor<2x8x8x3xui8>
    %32 = stablehlo.broadcast_in_dim %24, dims = [0, 1, 2] : (tensor<2x8x8xi1>) -> tensor<2x8x8x3xi1>
    %33 = stablehlo.select %32, %30, %31 : tensor<2x8x8x3xi1>, tensor<2x8x8x3xui8>
    // normalize(Networks.Preprocessing(mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.120003, 57.375]))
    %34 = stablehlo.convert %33 : (tensor<2x8x8x3xui8>) -> tensor<2x8x8x3xf32>
    %35 = stablehlo.constant dense<123.675> : tensor<1xf32>
    %36 = stablehlo.constant dense<116.28> : tensor<1xf32>
    %37 = stablehlo.constant dense<103.53> : tensor<1xf32>
    %38 = stablehlo.concatenate %35, %36, %37, dim = 0 : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3xf32>
    %39 = stablehlo.broadcast_in_dim %38, dims = [3] : (tensor<3xf32>) -> tensor<2x8x8x3xf32>
    %40 = stablehlo.subtract %34, %39 : tensor<2x8x8x3xf32>
    %41 = stablehlo.constant dense<58.395> : tensor<1xf32>
    %42 = stablehlo.constant dense<57.120003> : tensor<1xf32>
    %43 = stablehlo.constant dense<57.375> : tensor<1xf32>
    %44 = stablehlo.concatenate %41, %42, %43, dim = 0 : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3xf32>
    %45 = stablehlo.broadcast_in_dim %44, dims = [3] : (tensor<3xf32>) -> tensor<2x8x8x3xf32>
    %46 = stablehlo.divide %40, %45 : tensor<2x8x8x3xf32>
    // conv2d(stride: 1, padding: 1)
    %47 = stablehlo.convolution(%46, %a10) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x8x8x3xf32>, tensor<16x3x3x3xf32>) -> tensor<2x8x8x16xf32>
    // stack
    %48 = stablehlo.reshape %a13 : (tensor<16xf32>) -> tensor<1x16xf32>
    %49 = stablehlo.reshape %a14 : (tensor<16xf32>) -> tensor<1x16xf32>
    %50 = stablehlo.concatenate %48, %49, dim = 0 : (tensor<1x16xf32>, tensor<1x16xf32>) -> tensor<2x16xf32>
    // batchNorm(epsilon: 1e-05)
    %51 = stablehlo.slice %50 [1:2:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %52 = stablehlo.reshape %51 : (tensor<1x16xf32>) -> tensor<16xf32>
    %53 = stablehlo.constant dense<1.0e-05> : tensor<16xf32>
    %54 = stablehlo.add %52, %53 : tensor<16xf32>
    %55 = stablehlo.rsqrt %54 : tensor<16xf32>
    %56 = stablehlo.multiply %55, %a11 : tensor<16xf32>
    %57 = stablehlo.slice %50 [0:1:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %58 = stablehlo.reshape %57 : (tensor<1x16xf32>) -> tensor<16xf32>
    %59 = stablehlo.broadcast_in_dim %58, dims = [3] : (tensor<16xf32>) -> tensor<2x8x8x16xf32>
    %60 = stablehlo.subtract %47, %59 : tensor<2x8x8x16xf32>
    %61 = stablehlo.broadcast_in_dim %56, dims = [3] : (tensor<16xf32>) -> tensor<2x8x8x16xf32>
    %62 = stablehlo.multiply %60, %61 : tensor<2x8x8x16xf32>
    %63 = stablehlo.broadcast_in_dim %a12, dims = [3] : (tensor<16xf32>) -> tensor<2x8x8x16xf32>
    %64 = stablehlo.add %62, %63 : tensor<2x8x8x16xf32>
    // relu
    %65 = stablehlo.constant dense<0.0> : tensor<2x8x8x16xf32>
    %66 = stablehlo.maximum %64, %65 : tensor<2x8x8x16xf32>
    // stack
    %67 = stablehlo.reshape %a18 : (tensor<16xf32>) -> tensor<1x16xf32>
    %68 = stablehlo.reshape %a19 : (tensor<16xf32>) -> tensor<1x16xf32>
    %69 = stablehlo.concatenate %67, %68, dim = 0 : (tensor<1x16xf32>, tensor<1x16xf32>) -> tensor<2x16xf32>
    // batchNorm(epsilon: 1e-05)
    %70 = stablehlo.slice %69 [1:2:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %71 = stablehlo.reshape %70 : (tensor<1x16xf32>) -> tensor<16xf32>
    %72 = stablehlo.constant dense<1.0e-05> : tensor<16xf32>
    %73 = stablehlo.add %71, %72 : tensor<16xf32>
    %74 = stablehlo.rsqrt %73 : tensor<16xf32>
    %75 = stablehlo.multiply %74, %a16 : tensor<16xf32>
    %76 = stablehlo.broadcast_in_dim %75, dims = [0] : (tensor<16xf32>) -> tensor<16x16x3x3xf32>
    %77 = stablehlo.multiply %a15, %76 : tensor<16x16x3x3xf32>
    %78 = stablehlo.convolution(%66, %77) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x8x8x16xf32>, tensor<16x16x3x3xf32>) -> tensor<2x8x8x16xf32>
    %79 = stablehlo.slice %69 [0:1:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %80 = stablehlo.reshape %79 : (tensor<1x16xf32>) -> tensor<16xf32>
    %81 = stablehlo.multiply %80, %75 : tensor<16xf32>
    %82 = stablehlo.subtract %a17, %81 : tensor<16xf32>
    %83 = stablehlo.broadcast_in_dim %82, dims = [3] : (tensor<16xf32>) -> tensor<2x8x8x16xf32>
    %84 = stablehlo.add %78, %83 : tensor<2x8x8x16xf32>
    // relu
    %85 = stablehlo.constant dense<0.0> : tensor<2x8x8x16xf32>
    %86 = stablehlo.maximum %84, %85 : tensor<2x8x8x16xf32>
    // conv2d(stride: 1, padding: 1)
    %87 = stablehlo.convolution(%86, %a20) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x8x8x16xf32>, tensor<16x16x3x3xf32>) -> tensor<2x8x8x16xf32>
    // add
    %88 = stablehlo.add %87, %47 : tensor<2x8x8x16xf32>
    // stack
    %89 = stablehlo.reshape %a23 : (tensor<16xf32>) -> tensor<1x16xf32>
    %90 = stablehlo.reshape %a24 : (tensor<16xf32>) -> tensor<1x16xf32>
    %91 = stablehlo.concatenate %89, %90, dim = 0 : (tensor<1x16xf32>, tensor<1x16xf32>) -> tensor<2x16xf32>
    // batchNorm(epsilon: 1e-05)
    %92 = stablehlo.slice %91 [1:2:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %93 = stablehlo.reshape %92 : (tensor<1x16xf32>) -> tensor<16xf32>
    %94 = stablehlo.constant dense<1.0e-05> : tensor<16xf32>
    %95 = stablehlo.add %93, %94 : tensor<16xf32>
    %96 = stablehlo.rsqrt %95 : tensor<16xf32>
    %97 = stablehlo.multiply %96, %a21 : tensor<16xf32>
    %98 = stablehlo.slice %91 [0:1:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %99 = stablehlo.reshape %98 : (tensor<1x16xf32>) -> tensor<16xf32>
    %100 = stablehlo.broadcast_in_dim %99, dims = [3] : (tensor<16xf32>) -> tensor<2x8x8x16xf32>
    %101 = stablehlo.subtract %88, %100 : tensor<2x8x8x16xf32>
    %102 = stablehlo.broadcast_in_dim %97, dims = [3] : (tensor<16xf32>) -> tensor<2x8x8x16xf32>
    %103 = stablehlo.multiply %101, %102 : tensor<2x8x8x16xf32>
    %104 = stablehlo.broadcast_in_dim %a22, dims = [3] : (tensor<16xf32>) -> tensor<2x8x8x16xf32>
    %105 = stablehlo.add %103, %104 : tensor<2x8x8x16xf32>
    // relu
    %106 = stablehlo.constant dense<0.0> : tensor<2x8x8x16xf32>
    %107 = stablehlo.maximum %105, %106 : tensor<2x8x8x16xf32>
    // stack
    %108 = stablehlo.reshape %a28 : (tensor<32xf32>) -> tensor<1x32xf32>
    %109 = stablehlo.reshape %a29 : (tensor<32xf32>) -> tensor<1x32xf32>
    %110 = stablehlo.concatenate %108, %109, dim = 0 : (tensor<1x32xf32>, tensor<1x32xf32>) -> tensor<2x32xf32>
    // batchNorm(epsilon: 1e-05)
    %111 = stablehlo.slice %110 [1:2:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %112 = stablehlo.reshape %111 : (tensor<1x32xf32>) -> tensor<32xf32>
    %113 = stablehlo.constant dense<1.0e-05> : tensor<32xf32>
    %114 = stablehlo.add %112, %113 : tensor<32xf32>
    %115 = stablehlo.rsqrt %114 : tensor<32xf32>
    %116 = stablehlo.multiply %115, %a26 : tensor<32xf32>
    %117 = stablehlo.broadcast_in_dim %116, dims = [0] : (tensor<32xf32>) -> tensor<32x16x3x3xf32>
    %118 = stablehlo.multiply %a25, %117 : tensor<32x16x3x3xf32>
    %119 = stablehlo.convolution(%107, %118) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x8x8x16xf32>, tensor<32x16x3x3xf32>) -> tensor<2x4x4x32xf32>
    %120 = stablehlo.slice %110 [0:1:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %121 = stablehlo.reshape %120 : (tensor<1x32xf32>) -> tensor<32xf32>
    %122 = stablehlo.multiply %121, %116 : tensor<32xf32>
    %123 = stablehlo.subtract %a27, %122 : tensor<32xf32>
    %124 = stablehlo.broadcast_in_dim %123, dims = [3] : (tensor<32xf32>) -> tensor<2x4x4x32xf32>
    %125 = stablehlo.add %119, %124 : tensor<2x4x4x32xf32>
    // relu
    %126 = stablehlo.constant dense<0.0> : tensor<2x4x4x32xf32>
    %127 = stablehlo.maximum %125, %126 : tensor<2x4x4x32xf32>
    // conv2d(stride: 1, padding: 1)
    %128 = stablehlo.convolution(%127, %a30) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x4x4x32xf32>, tensor<32x32x3x3xf32>) -> tensor<2x4x4x32xf32>
    // conv2d(stride: 2, padding: 0)
    %129 = stablehlo.convolution(%107, %a31) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x8x8x16xf32>, tensor<32x16x1x1xf32>) -> tensor<2x4x4x32xf32>
    // add
    %130 = stablehlo.add %128, %129 : tensor<2x4x4x32xf32>
    // stack
    %131 = stablehlo.reshape %a34 : (tensor<32xf32>) -> tensor<1x32xf32>
    %132 = stablehlo.reshape %a35 : (tensor<32xf32>) -> tensor<1x32xf32>
    %133 = stablehlo.concatenate %131, %132, dim = 0 : (tensor<1x32xf32>, tensor<1x32xf32>) -> tensor<2x32xf32>
    // batchNorm(epsilon: 1e-05)
    %134 = stablehlo.slice %133 [1:2:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %135 = stablehlo.reshape %134 : (tensor<1x32xf32>) -> tensor<32xf32>
    %136 = stablehlo.constant dense<1.0e-05> : tensor<32xf32>
    %137 = stablehlo.add %135, %136 : tensor<32xf32>
    %138 = stablehlo.rsqrt %137 : tensor<32xf32>
    %139 = stablehlo.multiply %138, %a32 : tensor<32xf32>
    %140 = stablehlo.slice %133 [0:1:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %141 = stablehlo.reshape %140 : (tensor<1x32xf32>) -> tensor<32xf32>
    %142 = stablehlo.broadcast_in_dim %141, dims = [3] : (tensor<32xf32>) -> tensor<2x4x4x32xf32>
    %143 = stablehlo.subtract %130, %142 : tensor<2x4x4x32xf32>
    %144 = stablehlo.broadcast_in_dim %139, dims = [3] : (tensor<32xf32>) -> tensor<2x4x4x32xf32>
    %145 = stablehlo.multiply %143, %144 : tensor<2x4x4x32xf32>
    %146 = stablehlo.broadcast_in_dim %a33, dims = [3] : (tensor<32xf32>) -> tensor<2x4x4x32xf32>
    %147 = stablehlo.add %145, %146 : tensor<2x4x4x32xf32>
    // relu
    %148 = stablehlo.constant dense<0.0> : tensor<2x4x4x32xf32>
    %149 = stablehlo.maximum %147, %148 : tensor<2x4x4x32xf32>
    // stack
    %150 = stablehlo.reshape %a39 : (tensor<64xf32>) -> tensor<1x64xf32>
    %151 = stablehlo.reshape %a40 : (tensor<64xf32>) -> tensor<1x64xf32>
    %152 = stablehlo.concatenate %150, %151, dim = 0 : (tensor<1x64xf32>, tensor<1x64xf32>) -> tensor<2x64xf32>
    // batchNorm(epsilon: 1e-05)
    %153 = stablehlo.slice %152 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %154 = stablehlo.reshape %153 : (tensor<1x64xf32>) -> tensor<64xf32>
    %155 = stablehlo.constant dense<1.0e-05> : tensor<64xf32>
    %156 = stablehlo.add %154, %155 : tensor<64xf32>
    %157 = stablehlo.rsqrt %156 : tensor<64xf32>
    %158 = stablehlo.multiply %157, %a37 : tensor<64xf32>
    %159 = stablehlo.broadcast_in_dim %158, dims = [0] : (tensor<64xf32>) -> tensor<64x32x3x3xf32>
    %160 = stablehlo.multiply %a36, %159 : tensor<64x32x3x3xf32>
    %161 = stablehlo.convolution(%149, %160) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x4x4x32xf32>, tensor<64x32x3x3xf32>) -> tensor<2x2x2x64xf32>
    %162 = stablehlo.slice %152 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %163 = stablehlo.reshape %162 : (tensor<1x64xf32>) -> tensor<64xf32>
    %164 = stablehlo.multiply %163, %158 : tensor<64xf32>
    %165 = stablehlo.subtract %a38, %164 : tensor<64xf32>
    %166 = stablehlo.broadcast_in_dim %165, dims = [3] : (tensor<64xf32>) -> tensor<2x2x2x64xf32>
    %167 = stablehlo.add %161, %166 : tensor<2x2x2x64xf32>
    // relu
    %168 = stablehlo.constant dense<0.0> : tensor<2x2x2x64xf32>
    %169 = stablehlo.maximum %167, %168 : tensor<2x2x2x64xf32>
    // conv2d(stride: 1, padding: 1)
    %170 = stablehlo.convolution(%169, %a41) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x2x2x64xf32>, tensor<64x64x3x3xf32>) -> tensor<2x2x2x64xf32>
    // conv2d(stride: 2, padding: 0)
    %171 = stablehlo.convolution(%149, %a42) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x4x4x32xf32>, tensor<64x32x1x1xf32>) -> tensor<2x2x2x64xf32>
    // add
    %172 = stablehlo.add %170, %171 : tensor<2x2x2x64xf32>
    // moments
    %173 = stablehlo.slice %172 [0:1:1, 0:1:1, 0:1:1, 0:64:1] : (tensor<2x2x2x64xf32>) -> tensor<1x1x1x64xf32>
    %174 = stablehlo.reshape %173 : (tensor<1x1x1x64xf32>) -> tensor<64xf32>
    %175 = stablehlo.broadcast_in_dim %174, dims = [3] : (tensor<64xf32>) -> tensor<2x2x2x64xf32>
    %176 = stablehlo.subtract %172, %175 : tensor<2x2x2x64xf32>
    %177 = stablehlo.constant dense<0.0> : tensor<f32>
    %178 = stablehlo.reduce(%176 init: %177) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<2x2x2x64xf32>, tensor<f32>) -> tensor<64xf32>
    %179 = stablehlo.multiply %176, %176 : tensor<2x2x2x64xf32>
    %180 = stablehlo.constant dense<0.0> : tensor<f32>
    %181 = stablehlo.reduce(%179 init: %180) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<2x2x2x64xf32>, tensor<f32>) -> tensor<64xf32>
    %182 = stablehlo.constant dense<0.125> : tensor<64xf32>
    %183 = stablehlo.multiply %178, %182 : tensor<64xf32>
    %184 = stablehlo.add %174, %183 : tensor<64xf32>
    %185 = stablehlo.constant dense<0.125> : tensor<64xf32>
    %186 = stablehlo.multiply %181, %185 : tensor<64xf32>
    %187 = stablehlo.multiply %183, %183 : tensor<64xf32>
    %188 = stablehlo.subtract %186, %187 : tensor<64xf32>
    %189 = stablehlo.constant dense<0.0> : tensor<64xf32>
    %190 = stablehlo.maximum %188, %189 : tensor<64xf32>
    %191 = stablehlo.reshape %184 : (tensor<64xf32>) -> tensor<1x64xf32>
    %192 = stablehlo.reshape %190 : (tensor<64xf32>) -> tensor<1x64xf32>
    %193 = stablehlo.concatenate %191, %192, dim = 0 : (tensor<1x64xf32>, tensor<1x64xf32>) -> tensor<2x64xf32>
    // batchNorm(epsilon: 1e-05)
    %194 = stablehlo.slice %193 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %195 = stablehlo.reshape %194 : (tensor<1x64xf32>) -> tensor<64xf32>
    %196 = stablehlo.constant dense<1.0e-05> : tensor<64xf32>
    %197 = stablehlo.add %195, %196 : tensor<64xf32>
    %198 = stablehlo.rsqrt %197 : tensor<64xf32>
    %199 = stablehlo.multiply %198, %a0 : tensor<64xf32>
    %200 = stablehlo.slice %193 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %201 = stablehlo.reshape %200 : (tensor<1x64xf32>) -> tensor<64xf32>
    %202 = stablehlo.broadcast_in_dim %201, dims = [3] : (tensor<64xf32>) -> tensor<2x2x2x64xf32>
    %203 = stablehlo.subtract %172, %202 : tensor<2x2x2x64xf32>
    %204 = stablehlo.broadcast_in_dim %199, dims = [3] : (tensor<64xf32>) -> tensor<2x2x2x64xf32>
    %205 = stablehlo.multiply %203, %204 : tensor<2x2x2x64xf32>
    %206 = stablehlo.broadcast_in_dim %a1, dims = [3] : (tensor<64xf32>) -> tensor<2x2x2x64xf32>
    %207 = stablehlo.add %205, %206 : tensor<2x2x2x64xf32>
    // relu
    %208 = stablehlo.constant dense<0.0> : tensor<2x2x2x64xf32>
    %209 = stablehlo.maximum %207, %208 : tensor<2x2x2x64xf32>
    // globalMean
    %210 = stablehlo.constant dense<0.0> : tensor<f32>
    %211 = stablehlo.reduce(%209 init: %210) applies stablehlo.add across dimensions = [1, 2] : (tensor<2x2x2x64xf32>, tensor<f32>) -> tensor<2x64xf32>
    %212 = stablehlo.constant dense<0.25> : tensor<2x64xf32>
    %213 = stablehlo.multiply %211, %212 : tensor<2x64xf32>
    // dense
    %214 = stablehlo.dot_general %213, %a4, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x64xf32>, tensor<4x64xf32>) -> tensor<2x4xf32>
    %215 = stablehlo.broadcast_in_dim %a5, dims = [1] : (tensor<4xf32>) -> tensor<2x4xf32>
    %216 = stablehlo.add %214, %215 : tensor<2x4xf32>
    // softmaxCrossEntropy
    %217 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %218 = stablehlo.reduce(%216 init: %217) applies stablehlo.maximum across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %219 = stablehlo.broadcast_in_dim %218, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %220 = stablehlo.subtract %216, %219 : tensor<2x4xf32>
    %221 = stablehlo.exponential %220 : tensor<2x4xf32>
    %222 = stablehlo.constant dense<0.0> : tensor<f32>
    %223 = stablehlo.reduce(%221 init: %222) applies stablehlo.add across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %224 = stablehlo.log %223 : tensor<2xf32>
    %225 = stablehlo.broadcast_in_dim %224, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %226 = stablehlo.subtract %220, %225 : tensor<2x4xf32>
    %227 = stablehlo.multiply %226, %a48 : tensor<2x4xf32>
    %228 = stablehlo.constant dense<0.0> : tensor<f32>
    %229 = stablehlo.reduce(%227 init: %228) applies stablehlo.add across dimensions = [0, 1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<f32>
    %230 = stablehlo.constant dense<-0.5> : tensor<f32>
    %231 = stablehlo.multiply %229, %230 : tensor<f32>
    // correctCount(highest: 1)
    %232 = stablehlo.iota dim = 1 : tensor<2x4xi32>
    %233 = stablehlo.broadcast_in_dim %a47, dims = [0] : (tensor<2xi32>) -> tensor<2x4xi32>
    %234 = stablehlo.compare EQ, %232, %233, SIGNED : (tensor<2x4xi32>, tensor<2x4xi32>) -> tensor<2x4xi1>
    %235 = stablehlo.constant dense<0.0> : tensor<2x4xf32>
    %236 = stablehlo.select %234, %216, %235 : tensor<2x4xi1>, tensor<2x4xf32>
    %237 = stablehlo.constant dense<0.0> : tensor<f32>
    %238 = stablehlo.reduce(%236 init: %237) applies stablehlo.add across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %239 = stablehlo.broadcast_in_dim %238, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %240 = stablehlo.compare GT, %216, %239, FLOAT : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xi1>
    %241 = stablehlo.compare EQ, %216, %239, FLOAT : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xi1>
    %242 = stablehlo.compare LT, %232, %233, SIGNED : (tensor<2x4xi32>, tensor<2x4xi32>) -> tensor<2x4xi1>
    %243 = stablehlo.and %241, %242 : tensor<2x4xi1>
    %244 = stablehlo.or %240, %243 : tensor<2x4xi1>
    %245 = stablehlo.convert %244 : (tensor<2x4xi1>) -> tensor<2x4xf32>
    %246 = stablehlo.constant dense<0.0> : tensor<f32>
    %247 = stablehlo.reduce(%245 init: %246) applies stablehlo.add across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %248 = stablehlo.constant dense<1.0> : tensor<2xf32>
    %249 = stablehlo.compare LT, %247, %248, FLOAT : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
    %250 = stablehlo.convert %249 : (tensor<2xi1>) -> tensor<2xf32>
    %251 = stablehlo.constant dense<0.0> : tensor<f32>
    %252 = stablehlo.reduce(%250 init: %251) applies stablehlo.add across dimensions = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<f32>
    // correctCount(highest: 5)
    %253 = stablehlo.iota dim = 1 : tensor<2x4xi32>
    %254 = stablehlo.broadcast_in_dim %a47, dims = [0] : (tensor<2xi32>) -> tensor<2x4xi32>
    %255 = stablehlo.compare EQ, %253, %254, SIGNED : (tensor<2x4xi32>, tensor<2x4xi32>) -> tensor<2x4xi1>
    %256 = stablehlo.constant dense<0.0> : tensor<2x4xf32>
    %257 = stablehlo.select %255, %216, %256 : tensor<2x4xi1>, tensor<2x4xf32>
    %258 = stablehlo.constant dense<0.0> : tensor<f32>
    %259 = stablehlo.reduce(%257 init: %258) applies stablehlo.add across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %260 = stablehlo.broadcast_in_dim %259, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %261 = stablehlo.compare GT, %216, %260, FLOAT : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xi1>
    %262 = stablehlo.compare EQ, %216, %260, FLOAT : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xi1>
    %263 = stablehlo.compare LT, %253, %254, SIGNED : (tensor<2x4xi32>, tensor<2x4xi32>) -> tensor<2x4xi1>
    %264 = stablehlo.and %262, %263 : tensor<2x4xi1>
    %265 = stablehlo.or %261, %264 : tensor<2x4xi1>
    %266 = stablehlo.convert %265 : (tensor<2x4xi1>) -> tensor<2x4xf32>
    %267 = stablehlo.constant dense<0.0> : tensor<f32>
    %268 = stablehlo.reduce(%266 init: %267) applies stablehlo.add across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %269 = stablehlo.constant dense<5.0> : tensor<2xf32>
    %270 = stablehlo.compare LT, %268, %269, FLOAT : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
    %271 = stablehlo.convert %270 : (tensor<2xi1>) -> tensor<2xf32>
    %272 = stablehlo.constant dense<0.0> : tensor<f32>
    %273 = stablehlo.reduce(%271 init: %272) applies stablehlo.add across dimensions = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<f32>
    // softmaxCrossEntropyGradient
    %274 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %275 = stablehlo.reduce(%216 init: %274) applies stablehlo.maximum across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %276 = stablehlo.broadcast_in_dim %275, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %277 = stablehlo.subtract %216, %276 : tensor<2x4xf32>
    %278 = stablehlo.exponential %277 : tensor<2x4xf32>
    %279 = stablehlo.constant dense<0.0> : tensor<f32>
    %280 = stablehlo.reduce(%278 init: %279) applies stablehlo.add across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %281 = stablehlo.broadcast_in_dim %280, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %282 = stablehlo.divide %278, %281 : tensor<2x4xf32>
    %283 = stablehlo.subtract %282, %a48 : tensor<2x4xf32>
    %284 = stablehlo.constant dense<0.5> : tensor<2x4xf32>
    %285 = stablehlo.multiply %283, %284 : tensor<2x4xf32>
    // denseGradientWeights
    %286 = stablehlo.dot_general %285, %213, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<2x4xf32>, tensor<2x64xf32>) -> tensor<4x64xf32>
    // denseGradientBias
    %287 = stablehlo.constant dense<0.0> : tensor<f32>
    %288 = stablehlo.reduce(%285 init: %287) applies stablehlo.add across dimensions = [0] : (tensor<2x4xf32>, tensor<f32>) -> tensor<4xf32>
    // denseGradientInput
    %289 = stablehlo.dot_general %285, %a4, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<2x4xf32>, tensor<4x64xf32>) -> tensor<2x64xf32>
    // globalMeanGradient(height: 2, width: 2)
    %290 = stablehlo.constant dense<0.25> : tensor<2x64xf32>
    %291 = stablehlo.multiply %289, %290 : tensor<2x64xf32>
    %292 = stablehlo.broadcast_in_dim %291, dims = [0, 3] : (tensor<2x64xf32>) -> tensor<2x2x2x64xf32>
    // reluGradient
    %293 = stablehlo.constant dense<0.0> : tensor<2x2x2x64xf32>
    %294 = stablehlo.compare GT, %209, %293, FLOAT : (tensor<2x2x2x64xf32>, tensor<2x2x2x64xf32>) -> tensor<2x2x2x64xi1>
    %295 = stablehlo.select %294, %292, %293 : tensor<2x2x2x64xi1>, tensor<2x2x2x64xf32>
    // batchNormGradientSums(epsilon: 1e-05)
    %296 = stablehlo.slice %193 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %297 = stablehlo.reshape %296 : (tensor<1x64xf32>) -> tensor<64xf32>
    %298 = stablehlo.broadcast_in_dim %297, dims = [3] : (tensor<64xf32>) -> tensor<2x2x2x64xf32>
    %299 = stablehlo.slice %193 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %300 = stablehlo.reshape %299 : (tensor<1x64xf32>) -> tensor<64xf32>
    %301 = stablehlo.constant dense<1.0e-05> : tensor<64xf32>
    %302 = stablehlo.add %300, %301 : tensor<64xf32>
    %303 = stablehlo.rsqrt %302 : tensor<64xf32>
    %304 = stablehlo.broadcast_in_dim %303, dims = [3] : (tensor<64xf32>) -> tensor<2x2x2x64xf32>
    %305 = stablehlo.subtract %172, %298 : tensor<2x2x2x64xf32>
    %306 = stablehlo.multiply %305, %304 : tensor<2x2x2x64xf32>
    %307 = stablehlo.multiply %295, %306 : tensor<2x2x2x64xf32>
    %308 = stablehlo.constant dense<0.0> : tensor<f32>
    %309 = stablehlo.reduce(%295 init: %308) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<2x2x2x64xf32>, tensor<f32>) -> tensor<64xf32>
    %310 = stablehlo.constant dense<0.0> : tensor<f32>
    %311 = stablehlo.reduce(%307 init: %310) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<2x2x2x64xf32>, tensor<f32>) -> tensor<64xf32>
    %312 = stablehlo.reshape %309 : (tensor<64xf32>) -> tensor<1x64xf32>
    %313 = stablehlo.reshape %311 : (tensor<64xf32>) -> tensor<1x64xf32>
    %314 = stablehlo.concatenate %312, %313, dim = 0 : (tensor<1x64xf32>, tensor<1x64xf32>) -> tensor<2x64xf32>
    // row(1)
    %315 = stablehlo.slice %314 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %316 = stablehlo.reshape %315 : (tensor<1x64xf32>) -> tensor<64xf32>
    // row(0)
    %317 = stablehlo.slice %314 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %318 = stablehlo.reshape %317 : (tensor<1x64xf32>) -> tensor<64xf32>
    // results
    %319 = "stablehlo.all_reduce"(%231) <{replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> ({ ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.add %a, %b : tensor<f32> stablehlo.return %c : tensor<f32> }) : (tensor<f32>) -> tensor<f32>
    %320 = stablehlo.constant dense<0.5> : tensor<f32>
    %321 = stablehlo.multiply %319, %320 : tensor<f32>
    %322 = "stablehlo.all_reduce"(%252) <{replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> ({ ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.add %a, %b : tensor<f32> stablehlo.return %c : tensor<f32> }) : (tensor<f32>) -> tensor<f32>
    %323 = "stablehlo.all_reduce"(%273) <{replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> ({ ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.add %a, %b : tensor<f32> stablehlo.return %c : tensor<f32> }) : (tensor<f32>) -> tensor<f32>
    %324 = stablehlo.reshape %321 : (tensor<f32>) -> tensor<1xf32>
    %325 = stablehlo.reshape %322 : (tensor<f32>) -> tensor<1xf32>
    %326 = stablehlo.reshape %323 : (tensor<f32>) -> tensor<1xf32>
    %327 = stablehlo.concatenate %324, %325, %326, dim = 0 : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3xf32>
    // update
    %328 = "stablehlo.all_reduce"(%316) <{replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> ({ ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.add %a, %b : tensor<f32> stablehlo.return %c : tensor<f32> }) : (tensor<64xf32>) -> tensor<64xf32>
    %329 = stablehlo.constant dense<0.5> : tensor<64xf32>
    %330 = stablehlo.multiply %328, %329 : tensor<64xf32>
    %331 = "stablehlo.all_reduce"(%318) <{replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> ({ ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.add %a, %b : tensor<f32> stablehlo.return %c : tensor<f32> }) : (tensor<64xf32>) -> tensor<64xf32>
    %332 = stablehlo.constant dense<0.5> : tensor<64xf32>
    %333 = stablehlo.multiply %331, %332 : tensor<64xf32>
    %334 = "stablehlo.all_reduce"(%286) <{replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> ({ ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.add %a, %b : tensor<f32> stablehlo.return %c : tensor<f32> }) : (tensor<4x64xf32>) -> tensor<4x64xf32>
    %335 = stablehlo.constant dense<0.5> : tensor<4x64xf32>
    %336 = stablehlo.multiply %334, %335 : tensor<4x64xf32>
    %337 = "stablehlo.all_reduce"(%288) <{replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> ({ ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.add %a, %b : tensor<f32> stablehlo.return %c : tensor<f32> }) : (tensor<4xf32>) -> tensor<4xf32>
    %338 = stablehlo.constant dense<0.5> : tensor<4xf32>
    %339 = stablehlo.multiply %337, %338 : tensor<4xf32>
    %340 = stablehlo.multiply %330, %330 : tensor<64xf32>
    %341 = stablehlo.constant dense<0.0> : tensor<f32>
    %342 = stablehlo.reduce(%340 init: %341) applies stablehlo.add across dimensions = [0] : (tensor<64xf32>, tensor<f32>) -> tensor<f32>
    %343 = stablehlo.multiply %333, %333 : tensor<64xf32>
    %344 = stablehlo.constant dense<0.0> : tensor<f32>
    %345 = stablehlo.reduce(%343 init: %344) applies stablehlo.add across dimensions = [0] : (tensor<64xf32>, tensor<f32>) -> tensor<f32>
    %346 = stablehlo.multiply %336, %336 : tensor<4x64xf32>
    %347 = stablehlo.constant dense<0.0> : tensor<f32>
    %348 = stablehlo.reduce(%346 init: %347) applies stablehlo.add across dimensions = [0, 1] : (tensor<4x64xf32>, tensor<f32>) -> tensor<f32>
    %349 = stablehlo.multiply %339, %339 : tensor<4xf32>
    %350 = stablehlo.constant dense<0.0> : tensor<f32>
    %351 = stablehlo.reduce(%349 init: %350) applies stablehlo.add across dimensions = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
    %352 = stablehlo.add %342, %345 : tensor<f32>
    %353 = stablehlo.add %352, %348 : tensor<f32>
    %354 = stablehlo.add %353, %351 : tensor<f32>
    %355 = stablehlo.constant dense<1.0> : tensor<f32>
    %356 = stablehlo.compare GT, %354, %355, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %357 = stablehlo.rsqrt %354 : tensor<f32>
    %358 = stablehlo.constant dense<1.0> : tensor<f32>
    %359 = stablehlo.multiply %357, %358 : tensor<f32>
    %360 = stablehlo.constant dense<1.0> : tensor<f32>
    %361 = stablehlo.select %356, %359, %360 : tensor<i1>, tensor<f32>
    %362 = stablehlo.broadcast_in_dim %361, dims = [] : (tensor<f32>) -> tensor<64xf32>
    %363 = stablehlo.multiply %330, %362 : tensor<64xf32>
    %364 = stablehlo.broadcast_in_dim %361, dims = [] : (tensor<f32>) -> tensor<64xf32>
    %365 = stablehlo.multiply %333, %364 : tensor<64xf32>
    %366 = stablehlo.broadcast_in_dim %361, dims = [] : (tensor<f32>) -> tensor<4x64xf32>
    %367 = stablehlo.multiply %336, %366 : tensor<4x64xf32>
    %368 = stablehlo.broadcast_in_dim %361, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %369 = stablehlo.multiply %339, %368 : tensor<4xf32>
    %370 = stablehlo.constant dense<0.0001> : tensor<64xf32>
    %371 = stablehlo.multiply %a0, %370 : tensor<64xf32>
    %372 = stablehlo.add %363, %371 : tensor<64xf32>
    %373 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %374 = stablehlo.multiply %a6, %373 : tensor<64xf32>
    %375 = stablehlo.add %374, %372 : tensor<64xf32>
    %376 = stablehlo.constant dense<1.0> : tensor<f32>
    %377 = stablehlo.multiply %a49, %376 : tensor<f32>
    %378 = stablehlo.broadcast_in_dim %377, dims = [] : (tensor<f32>) -> tensor<64xf32>
    %379 = stablehlo.multiply %378, %375 : tensor<64xf32>
    %380 = stablehlo.subtract %a0, %379 : tensor<64xf32>
    %381 = stablehlo.constant dense<0.0001> : tensor<64xf32>
    %382 = stablehlo.multiply %a1, %381 : tensor<64xf32>
    %383 = stablehlo.add %365, %382 : tensor<64xf32>
    %384 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %385 = stablehlo.multiply %a7, %384 : tensor<64xf32>
    %386 = stablehlo.add %385, %383 : tensor<64xf32>
    %387 = stablehlo.constant dense<1.0> : tensor<f32>
    %388 = stablehlo.multiply %a49, %387 : tensor<f32>
    %389 = stablehlo.broadcast_in_dim %388, dims = [] : (tensor<f32>) -> tensor<64xf32>
    %390 = stablehlo.multiply %389, %386 : tensor<64xf32>
    %391 = stablehlo.subtract %a1, %390 : tensor<64xf32>
    %392 = stablehlo.constant dense<0.0001> : tensor<4x64xf32>
    %393 = stablehlo.multiply %a4, %392 : tensor<4x64xf32>
    %394 = stablehlo.add %367, %393 : tensor<4x64xf32>
    %395 = stablehlo.constant dense<0.9> : tensor<4x64xf32>
    %396 = stablehlo.multiply %a8, %395 : tensor<4x64xf32>
    %397 = stablehlo.add %396, %394 : tensor<4x64xf32>
    %398 = stablehlo.constant dense<1.0> : tensor<f32>
    %399 = stablehlo.multiply %a49, %398 : tensor<f32>
    %400 = stablehlo.broadcast_in_dim %399, dims = [] : (tensor<f32>) -> tensor<4x64xf32>
    %401 = stablehlo.multiply %400, %397 : tensor<4x64xf32>
    %402 = stablehlo.subtract %a4, %401 : tensor<4x64xf32>
    %403 = stablehlo.constant dense<0.0001> : tensor<4xf32>
    %404 = stablehlo.multiply %a5, %403 : tensor<4xf32>
    %405 = stablehlo.add %369, %404 : tensor<4xf32>
    %406 = stablehlo.constant dense<0.9> : tensor<4xf32>
    %407 = stablehlo.multiply %a9, %406 : tensor<4xf32>
    %408 = stablehlo.add %407, %405 : tensor<4xf32>
    %409 = stablehlo.constant dense<1.0> : tensor<f32>
    %410 = stablehlo.multiply %a49, %409 : tensor<f32>
    %411 = stablehlo.broadcast_in_dim %410, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %412 = stablehlo.multiply %411, %408 : tensor<4xf32>
    %413 = stablehlo.subtract %a5, %412 : tensor<4xf32>
    // running statistics
    %414 = "stablehlo.all_reduce"(%193) <{replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> ({ ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.add %a, %b : tensor<f32> stablehlo.return %c : tensor<f32> }) : (tensor<2x64xf32>) -> tensor<2x64xf32>
    %415 = stablehlo.constant dense<0.5> : tensor<2x64xf32>
    %416 = stablehlo.multiply %414, %415 : tensor<2x64xf32>
    %417 = stablehlo.slice %416 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %418 = stablehlo.reshape %417 : (tensor<1x64xf32>) -> tensor<64xf32>
    %419 = stablehlo.constant dense<0.100000024> : tensor<64xf32>
    %420 = stablehlo.multiply %418, %419 : tensor<64xf32>
    %421 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %422 = stablehlo.multiply %a2, %421 : tensor<64xf32>
    %423 = stablehlo.add %422, %420 : tensor<64xf32>
    %424 = stablehlo.slice %416 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %425 = stablehlo.reshape %424 : (tensor<1x64xf32>) -> tensor<64xf32>
    %426 = stablehlo.constant dense<1.1428572> : tensor<64xf32>
    %427 = stablehlo.multiply %425, %426 : tensor<64xf32>
    %428 = stablehlo.constant dense<0.100000024> : tensor<64xf32>
    %429 = stablehlo.multiply %427, %428 : tensor<64xf32>
    %430 = stablehlo.constant dense<0.9> : tensor<64xf32>
    %431 = stablehlo.multiply %a3, %430 : tensor<64xf32>
    %432 = stablehlo.add %431, %429 : tensor<64xf32>
    return %327, %380, %391, %423, %432, %402, %413, %375, %386, %397, %408 : tensor<3xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<4x64xf32>, tensor<4xf32>, tensor<64xf32>, tensor<64xf32>, tensor<4x64xf32>, tensor<4xf32>
  }
}
