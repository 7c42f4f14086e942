import Foundation

/// The folder that holds the store: Library/NoCloud/airlock, of this device alone.
public struct StoreFolder {
    /// Whether the store can be read at this moment.
    public enum Access {
        case readable
        /// Its files are there and cannot be opened: before the first unlock after a restart, iOS keeps their keys.
        case locked
    }

    public let url: URL

    /// Below the app's Library folder.
    public init(library: URL) {
        url = library.appendingPathComponent("NoCloud/airlock", isDirectory: true)
    }

    /// Makes the folder, keeps it out of backups and sets its data protection. Cheap, and done at every start: a
    /// restored or migrated container may have lost the attributes.
    ///
    /// Out of backups, because a bundle that a backup brings back would stand beside a native app that never ran it,
    /// and the App Store guidelines ask for it: bundles can be fetched again. Readable after the first unlock, whatever
    /// the app's own default is, because an update may be applied while the device is locked in a pocket.
    public func prepare() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        #if canImport(Darwin)
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        var folder = url
        try folder.setResourceValues(values)
        #endif
        #if os(iOS)
        let protection = FileProtectionType.completeUntilFirstUserAuthentication
        try FileManager.default.setAttributes([.protectionKey: protection], ofItemAtPath: url.path)
        #endif
    }

    /// `locked` where a file of the store's own level exists and cannot be opened.
    public func access() -> Access {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        for name in names {
            let file = url.appendingPathComponent(name)
            if isDirectory(file) { continue }
            guard let handle = try? FileHandle(forReadingFrom: file) else { return .locked }
            try? handle.close()
        }
        return .readable
    }

    private func isDirectory(_ file: URL) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: file.path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
