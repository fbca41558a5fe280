module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%a0: tensor<16x3x3x3xf32>, %a1: tensor<16xf32>, %a2: tensor<16xf32>, %a3: tensor<16xf32>, %a4: tensor<16xf32>, %a5: tensor<16x16x3x3xf32>, %a6: tensor<16xf32>, %a7: tensor<16xf32>, %a8: tensor<16xf32>, %a9: tensor<16xf32>, %a10: tensor<16x16x3x3xf32>, %a11: tensor<16xf32>, %a12: tensor<16xf32>, %a13: tensor<16xf32>, %a14: tensor<16xf32>, %a15: tensor<32x16x3x3xf32>, %a16: tensor<32xf32>, %a17: tensor<32xf32>, %a18: tensor<32xf32>, %a19: tensor<32xf32>, %a20: tensor<32x32x3x3xf32>, %a21: tensor<32x16x1x1xf32>, %a22: tensor<32xf32>, %a23: tensor<32xf32>, %a24: tensor<32xf32>, %a25: tensor<32xf32>, %a26: tensor<64x32x3x3xf32>, %a27: tensor<64xf32>, %a28: tensor<64xf32>, %a29: tensor<64xf32>, %a30: tensor<64xf32>, %a31: tensor<64x64x3x3xf32>, %a32: tensor<64x32x1x1xf32>, %a33: tensor<64xf32>, %a34: tensor<64xf32>, %a35: tensor<64xf32>, %a36: tensor<64xf32>, %a37: tensor<4x64xf32>, %a38: tensor<4xf32>, %a39: tensor<2x8x8x3xui8>) -> (tensor<2x4xf32>) {
    // normalize(Networks.Preprocessing(mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.120003, 57.375]))
    %0 = stablehlo.convert %a39 : (tensor<2x8x8x3xui8>) -> tensor<2x8x8x3xf32>
    %1 = stablehlo.constant dense<123.675> : tensor<1xf32>
    %2 = stablehlo.constant dense<116.28> : tensor<1xf32>
    %3 = stablehlo.constant dense<103.53> : tensor<1xf32>
    %4 = stablehlo.concatenate %1, %2, %3, dim = 0 : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3xf32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [3] : (tensor<3xf32>) -> tensor<2x8x8x3xf32>
    %6 = stablehlo.subtract %0, %5 : tensor<2x8x8x3xf32>
    %7 = stablehlo.constant dense<58.395> : tensor<1xf32>
    %8 = stablehlo.constant dense<57.120003> : tensor<1xf32>
    %9 = stablehlo.constant dense<57.375> : tensor<1xf32>
    %10 = stablehlo.concatenate %7, %8, %9, dim = 0 : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3xf32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [3] : (tensor<3xf32>) -> tensor<2x8x8x3xf32>
    %12 = stablehlo.divide %6, %11 : tensor<2x8x8x3xf32>
    %13 = stablehlo.convert %12 : (tensor<2x8x8x3xf32>) -> tensor<2x8x8x3xbf16>
    // conv2d(stride: 1, padding: 1)
    %14 = stablehlo.convert %a0 : (tensor<16x3x3x3xf32>) -> tensor<16x3x3x3xbf16>
    %15 = stablehlo.convolution(%13, %14) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x8x8x3xbf16>, tensor<16x3x3x3xbf16>) -> tensor<2x8x8x16xbf16>
    // stack
    %16 = stablehlo.reshape %a3 : (tensor<16xf32>) -> tensor<1x16xf32>
    %17 = stablehlo.reshape %a4 : (tensor<16xf32>) -> tensor<1x16xf32>
    %18 = stablehlo.concatenate %16, %17, dim = 0 : (tensor<1x16xf32>, tensor<1x16xf32>) -> tensor<2x16xf32>
    // batchNorm(epsilon: 1e-05)
    %19 = stablehlo.convert %15 : (tensor<2x8x8x16xbf16>) -> tensor<2x8x8x16xf32>
    %20 = stablehlo.slice %18 [1:2:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %21 = stablehlo.reshape %20 : (tensor<1x16xf32>) -> tensor<16xf32>
    %22 = stablehlo.constant dense<1.0e-05> : tensor<16xf32>
    %23 = stablehlo.add %21, %22 : tensor<16xf32>
    %24 = stablehlo.rsqrt %23 : tensor<16xf32>
    %25 = stablehlo.multiply %24, %a1 : tensor<16xf32>
    %26 = stablehlo.slice %18 [0:1:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %27 = stablehlo.reshape %26 : (tensor<1x16xf32>) -> tensor<16xf32>
    %28 = stablehlo.broadcast_in_dim %27, dims = [3] : (tensor<16xf32>) -> tensor<2x8x8x16xf32>
    %29 = stablehlo.subtract %19, %28 : tensor<2x8x8x16xf32>
    %30 = stablehlo.broadcast_in_dim %25, dims = [3] : (tensor<16xf32>) -> tensor<2x8x8x16xf32>
    %31 = stablehlo.multiply %29, %30 : tensor<2x8x8x16xf32>
    %32 = stablehlo.broadcast_in_dim %a2, dims = [3] : (tensor<16xf32>) -> tensor<2x8x8x16xf32>
    %33 = stablehlo.add %31, %32 : tensor<2x8x8x16xf32>
    %34 = stablehlo.convert %33 : (tensor<2x8x8x16xf32>) -> tensor<2x8x8x16xbf16>
    // relu
    %35 = stablehlo.constant dense<0.0> : tensor<2x8x8x16xbf16>
    %36 = stablehlo.maximum %34, %35 : tensor<2x8x8x16xbf16>
    // stack
    %37 = stablehlo.reshape %a8 : (tensor<16xf32>) -> tensor<1x16xf32>
    %38 = stablehlo.reshape %a9 : (tensor<16xf32>) -> tensor<1x16xf32>
    %39 = stablehlo.concatenate %37, %38, dim = 0 : (tensor<1x16xf32>, tensor<1x16xf32>) -> tensor<2x16xf32>
    // batchNorm(epsilon: 1e-05)
    %40 = stablehlo.slice %39 [1:2:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %41 = stablehlo.reshape %40 : (tensor<1x16xf32>) -> tensor<16xf32>
    %42 = stablehlo.constant dense<1.0e-05> : tensor<16xf32>
    %43 = stablehlo.add %41, %42 : tensor<16xf32>
    %44 = stablehlo.rsqrt %43 : tensor<16xf32>
    %45 = stablehlo.multiply %44, %a6 : tensor<16xf32>
    %46 = stablehlo.broadcast_in_dim %45, dims = [0] : (tensor<16xf32>) -> tensor<16x16x3x3xf32>
    %47 = stablehlo.multiply %a5, %46 : tensor<16x16x3x3xf32>
    %48 = stablehlo.convert %47 : (tensor<16x16x3x3xf32>) -> tensor<16x16x3x3xbf16>
    %49 = stablehlo.convolution(%36, %48) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x8x8x16xbf16>, tensor<16x16x3x3xbf16>) -> tensor<2x8x8x16xbf16>
    %50 = stablehlo.slice %39 [0:1:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %51 = stablehlo.reshape %50 : (tensor<1x16xf32>) -> tensor<16xf32>
    %52 = stablehlo.multiply %51, %45 : tensor<16xf32>
    %53 = stablehlo.subtract %a7, %52 : tensor<16xf32>
    %54 = stablehlo.convert %53 : (tensor<16xf32>) -> tensor<16xbf16>
    %55 = stablehlo.broadcast_in_dim %54, dims = [3] : (tensor<16xbf16>) -> tensor<2x8x8x16xbf16>
    %56 = stablehlo.add %49, %55 : tensor<2x8x8x16xbf16>
    // relu
    %57 = stablehlo.constant dense<0.0> : tensor<2x8x8x16xbf16>
    %58 = stablehlo.maximum %56, %57 : tensor<2x8x8x16xbf16>
    // conv2d(stride: 1, padding: 1)
    %59 = stablehlo.convert %a10 : (tensor<16x16x3x3xf32>) -> tensor<16x16x3x3xbf16>
    %60 = stablehlo.convolution(%58, %59) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x8x8x16xbf16>, tensor<16x16x3x3xbf16>) -> tensor<2x8x8x16xbf16>
    // add
    %61 = stablehlo.add %60, %15 : tensor<2x8x8x16xbf16>
    // stack
    %62 = stablehlo.reshape %a13 : (tensor<16xf32>) -> tensor<1x16xf32>
    %63 = stablehlo.reshape %a14 : (tensor<16xf32>) -> tensor<1x16xf32>
    %64 = stablehlo.concatenate %62, %63, dim = 0 : (tensor<1x16xf32>, tensor<1x16xf32>) -> tensor<2x16xf32>
    // batchNorm(epsilon: 1e-05)
    %65 = stablehlo.convert %61 : (tensor<2x8x8x16xbf16>) -> tensor<2x8x8x16xf32>
    %66 = stablehlo.slice %64 [1:2:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %67 = stablehlo.reshape %66 : (tensor<1x16xf32>) -> tensor<16xf32>
    %68 = stablehlo.constant dense<1.0e-05> : tensor<16xf32>
    %69 = stablehlo.add %67, %68 : tensor<16xf32>
    %70 = stablehlo.rsqrt %69 : tensor<16xf32>
    %71 = stablehlo.multiply %70, %a11 : tensor<16xf32>
    %72 = stablehlo.slice %64 [0:1:1, 0:16:1] : (tensor<2x16xf32>) -> tensor<1x16xf32>
    %73 = stablehlo.reshape %72 : (tensor<1x16xf32>) -> tensor<16xf32>
    %74 = stablehlo.broadcast_in_dim %73, dims = [3] : (tensor<16xf32>) -> tensor<2x8x8x16xf32>
    %75 = stablehlo.subtract %65, %74 : tensor<2x8x8x16xf32>
    %76 = stablehlo.broadcast_in_dim %71, dims = [3] : (tensor<16xf32>) -> tensor<2x8x8x16xf32>
    %77 = stablehlo.multiply %75, %76 : tensor<2x8x8x16xf32>
    %78 = stablehlo.broadcast_in_dim %a12, dims = [3] : (tensor<16xf32>) -> tensor<2x8x8x16xf32>
    %79 = stablehlo.add %77, %78 : tensor<2x8x8x16xf32>
    %80 = stablehlo.convert %79 : (tensor<2x8x8x16xf32>) -> tensor<2x8x8x16xbf16>
    // relu
    %81 = stablehlo.constant dense<0.0> : tensor<2x8x8x16xbf16>
    %82 = stablehlo.maximum %80, %81 : tensor<2x8x8x16xbf16>
    // stack
    %83 = stablehlo.reshape %a18 : (tensor<32xf32>) -> tensor<1x32xf32>
    %84 = stablehlo.reshape %a19 : (tensor<32xf32>) -> tensor<1x32xf32>
    %85 = stablehlo.concatenate %83, %84, dim = 0 : (tensor<1x32xf32>, tensor<1x32xf32>) -> tensor<2x32xf32>
    // batchNorm(epsilon: 1e-05)
    %86 = stablehlo.slice %85 [1:2:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %87 = stablehlo.reshape %86 : (tensor<1x32xf32>) -> tensor<32xf32>
    %88 = stablehlo.constant dense<1.0e-05> : tensor<32xf32>
    %89 = stablehlo.add %87, %88 : tensor<32xf32>
    %90 = stablehlo.rsqrt %89 : tensor<32xf32>
    %91 = stablehlo.multiply %90, %a16 : tensor<32xf32>
    %92 = stablehlo.broadcast_in_dim %91, dims = [0] : (tensor<32xf32>) -> tensor<32x16x3x3xf32>
    %93 = stablehlo.multiply %a15, %92 : tensor<32x16x3x3xf32>
    %94 = stablehlo.convert %93 : (tensor<32x16x3x3xf32>) -> tensor<32x16x3x3xbf16>
    %95 = stablehlo.convolution(%82, %94) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x8x8x16xbf16>, tensor<32x16x3x3xbf16>) -> tensor<2x4x4x32xbf16>
    %96 = stablehlo.slice %85 [0:1:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %97 = stablehlo.reshape %96 : (tensor<1x32xf32>) -> tensor<32xf32>
    %98 = stablehlo.multiply %97, %91 : tensor<32xf32>
    %99 = stablehlo.subtract %a17, %98 : tensor<32xf32>
    %100 = stablehlo.convert %99 : (tensor<32xf32>) -> tensor<32xbf16>
    %101 = stablehlo.broadcast_in_dim %100, dims = [3] : (tensor<32xbf16>) -> tensor<2x4x4x32xbf16>
    %102 = stablehlo.add %95, %101 : tensor<2x4x4x32xbf16>
    // relu
    %103 = stablehlo.constant dense<0.0> : tensor<2x4x4x32xbf16>
    %104 = stablehlo.maximum %102, %103 : tensor<2x4x4x32xbf16>
    // conv2d(stride: 1, padding: 1)
    %105 = stablehlo.convert %a20 : (tensor<32x32x3x3xf32>) -> tensor<32x32x3x3xbf16>
    %106 = stablehlo.convolution(%104, %105) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x4x4x32xbf16>, tensor<32x32x3x3xbf16>) -> tensor<2x4x4x32xbf16>
    // conv2d(stride: 2, padding: 0)
    %107 = stablehlo.convert %a21 : (tensor<32x16x1x1xf32>) -> tensor<32x16x1x1xbf16>
    %108 = stablehlo.convolution(%82, %107) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x8x8x16xbf16>, tensor<32x16x1x1xbf16>) -> tensor<2x4x4x32xbf16>
    // add
    %109 = stablehlo.add %106, %108 : tensor<2x4x4x32xbf16>
    // stack
    %110 = stablehlo.reshape %a24 : (tensor<32xf32>) -> tensor<1x32xf32>
    %111 = stablehlo.reshape %a25 : (tensor<32xf32>) -> tensor<1x32xf32>
    %112 = stablehlo.concatenate %110, %111, dim = 0 : (tensor<1x32xf32>, tensor<1x32xf32>) -> tensor<2x32xf32>
    // batchNorm(epsilon: 1e-05)
    %113 = stablehlo.convert %109 : (tensor<2x4x4x32xbf16>) -> tensor<2x4x4x32xf32>
    %114 = stablehlo.slice %112 [1:2:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %115 = stablehlo.reshape %114 : (tensor<1x32xf32>) -> tensor<32xf32>
    %116 = stablehlo.constant dense<1.0e-05> : tensor<32xf32>
    %117 = stablehlo.add %115, %116 : tensor<32xf32>
    %118 = stablehlo.rsqrt %117 : tensor<32xf32>
    %119 = stablehlo.multiply %118, %a22 : tensor<32xf32>
    %120 = stablehlo.slice %112 [0:1:1, 0:32:1] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %121 = stablehlo.reshape %120 : (tensor<1x32xf32>) -> tensor<32xf32>
    %122 = stablehlo.broadcast_in_dim %121, dims = [3] : (tensor<32xf32>) -> tensor<2x4x4x32xf32>
    %123 = stablehlo.subtract %113, %122 : tensor<2x4x4x32xf32>
    %124 = stablehlo.broadcast_in_dim %119, dims = [3] : (tensor<32xf32>) -> tensor<2x4x4x32xf32>
    %125 = stablehlo.multiply %123, %124 : tensor<2x4x4x32xf32>
    %126 = stablehlo.broadcast_in_dim %a23, dims = [3] : (tensor<32xf32>) -> tensor<2x4x4x32xf32>
    %127 = stablehlo.add %125, %126 : tensor<2x4x4x32xf32>
    %128 = stablehlo.convert %127 : (tensor<2x4x4x32xf32>) -> tensor<2x4x4x32xbf16>
    // relu
    %129 = stablehlo.constant dense<0.0> : tensor<2x4x4x32xbf16>
    %130 = stablehlo.maximum %128, %129 : tensor<2x4x4x32xbf16>
    // stack
    %131 = stablehlo.reshape %a29 : (tensor<64xf32>) -> tensor<1x64xf32>
    %132 = stablehlo.reshape %a30 : (tensor<64xf32>) -> tensor<1x64xf32>
    %133 = stablehlo.concatenate %131, %132, dim = 0 : (tensor<1x64xf32>, tensor<1x64xf32>) -> tensor<2x64xf32>
    // batchNorm(epsilon: 1e-05)
    %134 = stablehlo.slice %133 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %135 = stablehlo.reshape %134 : (tensor<1x64xf32>) -> tensor<64xf32>
    %136 = stablehlo.constant dense<1.0e-05> : tensor<64xf32>
    %137 = stablehlo.add %135, %136 : tensor<64xf32>
    %138 = stablehlo.rsqrt %137 : tensor<64xf32>
    %139 = stablehlo.multiply %138, %a27 : tensor<64xf32>
    %140 = stablehlo.broadcast_in_dim %139, dims = [0] : (tensor<64xf32>) -> tensor<64x32x3x3xf32>
    %141 = stablehlo.multiply %a26, %140 : tensor<64x32x3x3xf32>
    %142 = stablehlo.convert %141 : (tensor<64x32x3x3xf32>) -> tensor<64x32x3x3xbf16>
    %143 = stablehlo.convolution(%130, %142) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x4x4x32xbf16>, tensor<64x32x3x3xbf16>) -> tensor<2x2x2x64xbf16>
    %144 = stablehlo.slice %133 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %145 = stablehlo.reshape %144 : (tensor<1x64xf32>) -> tensor<64xf32>
    %146 = stablehlo.multiply %145, %139 : tensor<64xf32>
    %147 = stablehlo.subtract %a28, %146 : tensor<64xf32>
    %148 = stablehlo.convert %147 : (tensor<64xf32>) -> tensor<64xbf16>
    %149 = stablehlo.broadcast_in_dim %148, dims = [3] : (tensor<64xbf16>) -> tensor<2x2x2x64xbf16>
    %150 = stablehlo.add %143, %149 : tensor<2x2x2x64xbf16>
    // relu
    %151 = stablehlo.constant dense<0.0> : tensor<2x2x2x64xbf16>
    %152 = stablehlo.maximum %150, %151 : tensor<2x2x2x64xbf16>
    // conv2d(stride: 1, padding: 1)
    %153 = stablehlo.convert %a31 : (tensor<64x64x3x3xf32>) -> tensor<64x64x3x3xbf16>
    %154 = stablehlo.convolution(%152, %153) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x2x2x64xbf16>, tensor<64x64x3x3xbf16>) -> tensor<2x2x2x64xbf16>
    // conv2d(stride: 2, padding: 0)
    %155 = stablehlo.convert %a32 : (tensor<64x32x1x1xf32>) -> tensor<64x32x1x1xbf16>
    %156 = stablehlo.convolution(%130, %155) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x4x4x32xbf16>, tensor<64x32x1x1xbf16>) -> tensor<2x2x2x64xbf16>
    // add
    %157 = stablehlo.add %154, %156 : tensor<2x2x2x64xbf16>
    // stack
    %158 = stablehlo.reshape %a35 : (tensor<64xf32>) -> tensor<1x64xf32>
    %159 = stablehlo.reshape %a36 : (tensor<64xf32>) -> tensor<1x64xf32>
    %160 = stablehlo.concatenate %158, %159, dim = 0 : (tensor<1x64xf32>, tensor<1x64xf32>) -> tensor<2x64xf32>
    // batchNorm(epsilon: 1e-05)
    %161 = stablehlo.convert %157 : (tensor<2x2x2x64xbf16>) -> tensor<2x2x2x64xf32>
    %162 = stablehlo.slice %160 [1:2:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %163 = stablehlo.reshape %162 : (tensor<1x64xf32>) -> tensor<64xf32>
    %164 = stablehlo.constant dense<1.0e-05> : tensor<64xf32>
    %165 = stablehlo.add %163, %164 : tensor<64xf32>
    %166 = stablehlo.rsqrt %165 : tensor<64xf32>
    %167 = stablehlo.multiply %166, %a33 : tensor<64xf32>
    %168 = stablehlo.slice %160 [0:1:1, 0:64:1] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %169 = stablehlo.reshape %168 : (tensor<1x64xf32>) -> tensor<64xf32>
    %170 = stablehlo.broadcast_in_dim %169, dims = [3] : (tensor<64xf32>) -> tensor<2x2x2x64xf32>
    %171 = stablehlo.subtract %161, %170 : tensor<2x2x2x64xf32>
    %172 = stablehlo.broadcast_in_dim %167, dims = [3] : (tensor<64xf32>) -> tensor<2x2x2x64xf32>
    %173 = stablehlo.multiply %171, %172 : tensor<2x2x2x64xf32>
    %174 = stablehlo.broadcast_in_dim %a34, dims = [3] : (tensor<64xf32>) -> tensor<2x2x2x64xf32>
    %175 = stablehlo.add %173, %174 : tensor<2x2x2x64xf32>
    %176 = stablehlo.convert %175 : (tensor<2x2x2x64xf32>) -> tensor<2x2x2x64xbf16>
    // relu
    %177 = stablehlo.constant dense<0.0> : tensor<2x2x2x64xbf16>
    %178 = stablehlo.maximum %176, %177 : tensor<2x2x2x64xbf16>
    // globalMean
    %179 = stablehlo.convert %178 : (tensor<2x2x2x64xbf16>) -> tensor<2x2x2x64xf32>
    %180 = stablehlo.constant dense<0.0> : tensor<f32>
    %181 = stablehlo.reduce(%179 init: %180) applies stablehlo.add across dimensions = [1, 2] : (tensor<2x2x2x64xf32>, tensor<f32>) -> tensor<2x64xf32>
    %182 = stablehlo.constant dense<0.25> : tensor<2x64xf32>
    %183 = stablehlo.multiply %181, %182 : tensor<2x64xf32>
    // dense
    %184 = stablehlo.dot_general %183, %a37, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x64xf32>, tensor<4x64xf32>) -> tensor<2x4xf32>
    %185 = stablehlo.broadcast_in_dim %a38, dims = [1] : (tensor<4xf32>) -> tensor<2x4xf32>
    %186 = stablehlo.add %184, %185 : tensor<2x4xf32>
    // softmax
    %187 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %188 = stablehlo.reduce(%186 init: %187) applies stablehlo.maximum across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %189 = stablehlo.broadcast_in_dim %188, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %190 = stablehlo.subtract %186, %189 : tensor<2x4xf32>
    %191 = stablehlo.exponential %190 : tensor<2x4xf32>
    %192 = stablehlo.constant dense<0.0> : tensor<f32>
    %193 = stablehlo.reduce(%191 init: %192) applies stablehlo.add across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %194 = stablehlo.broadcast_in_dim %193, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %195 = stablehlo.divide %191, %194 : tensor<2x4xf32>
    return %195 : tensor<2x4xf32>
  }
}
