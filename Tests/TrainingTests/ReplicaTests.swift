import Testing
import Training

/// Replicas by the plan: that a program does right by them is a matter of the engines' tests.
@Suite struct ReplicaTests {
    @Test func replicasLearnTheBitsOfOneWhereTheirBatchNormsAreShared() throws {
        let tiny = try TinyTraining()
        let one = tiny.plan("one")
        var (shared, parted) = (tiny.plan("shared"), tiny.plan("parted"))
        (shared.replicaCount, shared.synchronizesBatchNorm, parted.replicaCount) = (2, true, 2)
        for plan in [one, shared, parted] { try tiny.train(plan) }
        #expect(try tiny.model(of: shared) == tiny.model(of: one))
        #expect(try tiny.model(of: parted) != tiny.model(of: one))
    }
}
