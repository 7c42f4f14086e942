// swift-tools-version: 5.9
// The iOS side on Linux. `cargo xtask test swift` lays this folder out in target/swift/package, together with the
// sources that ship, the generated bindings, the host's Rust library and Capacitor's own Swift files.
import PackageDescription

let library = Context.packageDirectory + "/Library"
let stub: [SwiftSetting] = [.unsafeFlags(["-suppress-warnings"])]

let package = Package(
    name: "AirlockOnLinux",
    targets: [
        .systemLibrary(name: "airlock_ffiFFI", path: "Sources/airlock_ffiFFI"),
        .target(
            name: "AirlockCore",
            dependencies: ["airlock_ffiFFI"],
            linkerSettings: [.unsafeFlags(["-L", library, "-Xlinker", "-rpath", "-Xlinker", library])]
        ),
        .target(name: "UIKit", path: "Stubs/UIKit", swiftSettings: stub),
        .target(name: "WebKit", dependencies: ["UIKit"], path: "Stubs/WebKit", swiftSettings: stub),
        .target(name: "Combine", path: "Stubs/Combine"),
        .target(name: "Security", path: "Stubs/Security", swiftSettings: stub),
        .target(name: "Network", path: "Stubs/Network", swiftSettings: stub),
        .target(
            name: "Capacitor", dependencies: ["UIKit", "WebKit", "Combine"], path: "Stubs/Capacitor",
            swiftSettings: stub
        ),
        .target(name: "AirlockPlugin", dependencies: ["AirlockCore", "Capacitor", "Security", "Network"]),
        .testTarget(name: "AirlockCoreTests", dependencies: ["AirlockCore"]),
        .testTarget(
            name: "AirlockPluginTests", dependencies: ["AirlockPlugin", "AirlockCore", "Capacitor", "Security", "Network"]
        ),
    ]
)
