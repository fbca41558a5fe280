module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%a0: tensor<2x3x4x4xf32>, %a1: tensor<2x3x4x4xf32>, %a2: tensor<3xf32>) -> (tensor<2x3x4x4xf32>, tensor<2x3x4x4xf32>, tensor<3xf32>) {
    // constant(1.0, shape: [3])
    %0 = stablehlo.constant dense<1.0> : tensor<3xf32>
    // moments
    %1 = stablehlo.transpose %a0, dims = [0, 2, 3, 1] : (tensor<2x3x4x4xf32>) -> tensor<2x4x4x3xf32>
    %2 = stablehlo.slice %1 [0:1:1, 0:1:1, 0:1:1, 0:3:1] : (tensor<2x4x4x3xf32>) -> tensor<1x1x1x3xf32>
    %3 = stablehlo.reshape %2 : (tensor<1x1x1x3xf32>) -> tensor<3xf32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [3] : (tensor<3xf32>) -> tensor<2x4x4x3xf32>
    %5 = stablehlo.subtract %1, %4 : tensor<2x4x4x3xf32>
    %6 = stablehlo.constant dense<0.0> : tensor<f32>
    %7 = stablehlo.reduce(%5 init: %6) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<2x4x4x3xf32>, tensor<f32>) -> tensor<3xf32>
    %8 = stablehlo.multiply %5, %5 : tensor<2x4x4x3xf32>
    %9 = stablehlo.constant dense<0.0> : tensor<f32>
    %10 = stablehlo.reduce(%8 init: %9) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<2x4x4x3xf32>, tensor<f32>) -> tensor<3xf32>
    %11 = stablehlo.constant dense<0.03125> : tensor<3xf32>
    %12 = stablehlo.multiply %7, %11 : tensor<3xf32>
    %13 = stablehlo.add %3, %12 : tensor<3xf32>
    %14 = stablehlo.constant dense<0.03125> : tensor<3xf32>
    %15 = stablehlo.multiply %10, %14 : tensor<3xf32>
    %16 = stablehlo.multiply %12, %12 : tensor<3xf32>
    %17 = stablehlo.subtract %15, %16 : tensor<3xf32>
    %18 = stablehlo.constant dense<0.0> : tensor<3xf32>
    %19 = stablehlo.maximum %17, %18 : tensor<3xf32>
    %20 = stablehlo.reshape %13 : (tensor<3xf32>) -> tensor<1x3xf32>
    %21 = stablehlo.reshape %19 : (tensor<3xf32>) -> tensor<1x3xf32>
    %22 = stablehlo.concatenate %20, %21, dim = 0 : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
    // batchNorm(epsilon: 1e-05)
    %23 = stablehlo.slice %22 [1:2:1, 0:3:1] : (tensor<2x3xf32>) -> tensor<1x3xf32>
    %24 = stablehlo.reshape %23 : (tensor<1x3xf32>) -> tensor<3xf32>
    %25 = stablehlo.constant dense<1.0e-05> : tensor<3xf32>
    %26 = stablehlo.add %24, %25 : tensor<3xf32>
    %27 = stablehlo.rsqrt %26 : tensor<3xf32>
    %28 = stablehlo.multiply %27, %0 : tensor<3xf32>
    %29 = stablehlo.slice %22 [0:1:1, 0:3:1] : (tensor<2x3xf32>) -> tensor<1x3xf32>
    %30 = stablehlo.reshape %29 : (tensor<1x3xf32>) -> tensor<3xf32>
    %31 = stablehlo.broadcast_in_dim %30, dims = [3] : (tensor<3xf32>) -> tensor<2x4x4x3xf32>
    %32 = stablehlo.subtract %1, %31 : tensor<2x4x4x3xf32>
    %33 = stablehlo.broadcast_in_dim %28, dims = [3] : (tensor<3xf32>) -> tensor<2x4x4x3xf32>
    %34 = stablehlo.multiply %32, %33 : tensor<2x4x4x3xf32>
    %35 = stablehlo.broadcast_in_dim %a2, dims = [3] : (tensor<3xf32>) -> tensor<2x4x4x3xf32>
    %36 = stablehlo.add %34, %35 : tensor<2x4x4x3xf32>
    // batchNormGradientSums(epsilon: 1e-05)
    %37 = stablehlo.transpose %a1, dims = [0, 2, 3, 1] : (tensor<2x3x4x4xf32>) -> tensor<2x4x4x3xf32>
    %38 = stablehlo.slice %22 [0:1:1, 0:3:1] : (tensor<2x3xf32>) -> tensor<1x3xf32>
    %39 = stablehlo.reshape %38 : (tensor<1x3xf32>) -> tensor<3xf32>
    %40 = stablehlo.broadcast_in_dim %39, dims = [3] : (tensor<3xf32>) -> tensor<2x4x4x3xf32>
    %41 = stablehlo.slice %22 [1:2:1, 0:3:1] : (tensor<2x3xf32>) -> tensor<1x3xf32>
    %42 = stablehlo.reshape %41 : (tensor<1x3xf32>) -> tensor<3xf32>
    %43 = stablehlo.constant dense<1.0e-05> : tensor<3xf32>
    %44 = stablehlo.add %42, %43 : tensor<3xf32>
    %45 = stablehlo.rsqrt %44 : tensor<3xf32>
    %46 = stablehlo.broadcast_in_dim %45, dims = [3] : (tensor<3xf32>) -> tensor<2x4x4x3xf32>
    %47 = stablehlo.subtract %1, %40 : tensor<2x4x4x3xf32>
    %48 = stablehlo.multiply %47, %46 : tensor<2x4x4x3xf32>
    %49 = stablehlo.multiply %37, %48 : tensor<2x4x4x3xf32>
    %50 = stablehlo.constant dense<0.0> : tensor<f32>
    %51 = stablehlo.reduce(%37 init: %50) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<2x4x4x3xf32>, tensor<f32>) -> tensor<3xf32>
    %52 = stablehlo.constant dense<0.0> : tensor<f32>
    %53 = stablehlo.reduce(%49 init: %52) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<2x4x4x3xf32>, tensor<f32>) -> tensor<3xf32>
    %54 = stablehlo.reshape %51 : (tensor<3xf32>) -> tensor<1x3xf32>
    %55 = stablehlo.reshape %53 : (tensor<3xf32>) -> tensor<1x3xf32>
    %56 = stablehlo.concatenate %54, %55, dim = 0 : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
    // batchNormGradient(epsilon: 1e-05)
    %57 = stablehlo.slice %22 [0:1:1, 0:3:1] : (tensor<2x3xf32>) -> tensor<1x3xf32>
    %58 = stablehlo.reshape %57 : (tensor<1x3xf32>) -> tensor<3xf32>
    %59 = stablehlo.broadcast_in_dim %58, dims = [3] : (tensor<3xf32>) -> tensor<2x4x4x3xf32>
    %60 = stablehlo.slice %22 [1:2:1, 0:3:1] : (tensor<2x3xf32>) -> tensor<1x3xf32>
    %61 = stablehlo.reshape %60 : (tensor<1x3xf32>) -> tensor<3xf32>
    %62 = stablehlo.constant dense<1.0e-05> : tensor<3xf32>
    %63 = stablehlo.add %61, %62 : tensor<3xf32>
    %64 = stablehlo.rsqrt %63 : tensor<3xf32>
    %65 = stablehlo.broadcast_in_dim %64, dims = [3] : (tensor<3xf32>) -> tensor<2x4x4x3xf32>
    %66 = stablehlo.subtract %1, %59 : tensor<2x4x4x3xf32>
    %67 = stablehlo.multiply %66, %65 : tensor<2x4x4x3xf32>
    %68 = stablehlo.constant dense<0.03125> : tensor<2x3xf32>
    %69 = stablehlo.multiply %56, %68 : tensor<2x3xf32>
    %70 = stablehlo.slice %69 [1:2:1, 0:3:1] : (tensor<2x3xf32>) -> tensor<1x3xf32>
    %71 = stablehlo.reshape %70 : (tensor<1x3xf32>) -> tensor<3xf32>
    %72 = stablehlo.broadcast_in_dim %71, dims = [3] : (tensor<3xf32>) -> tensor<2x4x4x3xf32>
    %73 = stablehlo.multiply %67, %72 : tensor<2x4x4x3xf32>
    %74 = stablehlo.slice %69 [0:1:1, 0:3:1] : (tensor<2x3xf32>) -> tensor<1x3xf32>
    %75 = stablehlo.reshape %74 : (tensor<1x3xf32>) -> tensor<3xf32>
    %76 = stablehlo.broadcast_in_dim %75, dims = [3] : (tensor<3xf32>) -> tensor<2x4x4x3xf32>
    %77 = stablehlo.add %76, %73 : tensor<2x4x4x3xf32>
    %78 = stablehlo.subtract %37, %77 : tensor<2x4x4x3xf32>
    %79 = stablehlo.slice %22 [1:2:1, 0:3:1] : (tensor<2x3xf32>) -> tensor<1x3xf32>
    %80 = stablehlo.reshape %79 : (tensor<1x3xf32>) -> tensor<3xf32>
    %81 = stablehlo.constant dense<1.0e-05> : tensor<3xf32>
    %82 = stablehlo.add %80, %81 : tensor<3xf32>
    %83 = stablehlo.rsqrt %82 : tensor<3xf32>
    %84 = stablehlo.multiply %83, %0 : tensor<3xf32>
    %85 = stablehlo.broadcast_in_dim %84, dims = [3] : (tensor<3xf32>) -> tensor<2x4x4x3xf32>
    %86 = stablehlo.multiply %78, %85 : tensor<2x4x4x3xf32>
    // row(1)
    %87 = stablehlo.slice %56 [1:2:1, 0:3:1] : (tensor<2x3xf32>) -> tensor<1x3xf32>
    %88 = stablehlo.reshape %87 : (tensor<1x3xf32>) -> tensor<3xf32>
    %89 = stablehlo.transpose %36, dims = [0, 3, 1, 2] : (tensor<2x4x4x3xf32>) -> tensor<2x3x4x4xf32>
    %90 = stablehlo.transpose %86, dims = [0, 3, 1, 2] : (tensor<2x4x4x3xf32>) -> tensor<2x3x4x4xf32>
    return %89, %90, %88 : tensor<2x3x4x4xf32>, tensor<2x3x4x4xf32>, tensor<3xf32>
  }
}
