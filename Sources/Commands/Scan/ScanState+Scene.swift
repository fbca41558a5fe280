import Files
import Pixels
import Rasters
import Scanning

extension ScanState {
    /// The scene, for pictures of it.
    ///
    /// - Parameter address: where it is now; `nil` for where it was when it was scanned.
    /// - Parameter warn: told why it cannot be had.
    /// - Returns: `nil` where it cannot be had.
    /// - Throws: where the scene that is asked for is not the one that was scanned.
    func openScene(at address: String?, warn: (_ reason: String) -> Void) throws -> Scene? {
        if let address {
            let scene = try Scene(opening: Address(address), view: task.view)
            guard scene.isOne(of: task) else {
                throw CommandError(
                    operation: "draw on the scene", path: "\(scene.address)",
                    cause: "it is not the scene that was scanned, or it has changed")
            }
            return scene
        }
        let address = context.scene
        // A mark stands for each secret.
        guard !address.description.contains("…") else {
            warn("the scan stores the address \(address) without its secrets")
            return nil
        }
        do {
            let scene = try Scene(opening: address, view: task.view)
            guard scene.isOne(of: task) else {
                warn("\(address) is no longer the scene that was scanned")
                return nil
            }
            return scene
        } catch {
            warn("\(error)")
            return nil
        }
    }
}

extension ScanTask {
    /// How many windows are missing, and where, for people; `nil` for none.
    func missingWords(_ finished: FinishedWindows) -> String? {
        guard let first = finished.missing(in: grid.range).first else { return nil }
        let place = place(of: first)
        return "\(windowCount - count(of: finished)) of \(windowCount) windows are missing, the first at "
            + "\(place.x0),\(place.y0)"
    }
}

extension Scene {
    fileprivate func isOne(of task: ScanTask) -> Bool {
        identity == task.scene && width == task.grid.sceneWidth && height == task.grid.sceneHeight
    }
}
