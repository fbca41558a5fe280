import Engines
import Networks
import Records

extension HeldTiles {
    /// The tiles of a pack, where programs that hold them can make all that the plans learn from.
    ///
    /// That is where tiles are moved and mirrored and no more happens to them: other cuts need a resize, jitter floats, automatic changes more, turns
    /// another order of pixels, mixup other samples of the batch, and crops whole canvases, and the bytes have to be the loader's in each case.
    ///
    /// - Parameter plans: of trainings from one stream.
    init?(_ pack: TilePack, for plans: [TrainingPlan]) {
        guard let stream = plans.first, let move = stream.augmentation.move,
            plans.allSatisfy({ !$0.mixesSamples && $0.cropWindows == nil }), pack.count <= Int32.max
        else { return nil }
        let border: Border =
            switch move.border {
            case .black: .black
            case .reflect: .reflect
            }
        self.init(
            count: pack.count, side: stream.architecture.inputSize, border: border, padding: move.padding
        ) { tile, pixelsHWC throws(EngineError) in
            do throws(RecordsError) {
                try pack.copyTile(tile, into: &pixelsHWC)
            } catch {
                throw EngineError(
                    code: error.code == .changed ? .inputChanged : .wrongInput,
                    operation: "read tile \(tile)", cause: "\(error)")
            }
        }
    }
}
