// swift-tools-version: 5.9
import PackageDescription

let package = Package(
    name: "CapacitorAirlock",
    platforms: [.iOS(.v15)],
    products: [
        .library(name: "CapacitorAirlock", targets: ["AirlockPlugin"])
    ],
    dependencies: [
        .package(url: "https://github.com/ionic-team/capacitor-swift-pm.git", from: "8.0.0")
    ],
    targets: [
        // The Rust core as static libraries with the C header that UniFFI wrote; the npm package holds it.
        .binaryTarget(name: "AirlockFFI", path: "ios/Frameworks/AirlockFFI.xcframework"),
        .target(
            name: "AirlockCore",
            dependencies: ["AirlockFFI"],
            path: "ios/Sources/AirlockCore",
            linkerSettings: [.linkedFramework("Security"), .linkedFramework("SystemConfiguration")]
        ),
        .target(
            name: "AirlockPlugin",
            dependencies: [
                "AirlockCore",
                .product(name: "Capacitor", package: "capacitor-swift-pm"),
                .product(name: "Cordova", package: "capacitor-swift-pm"),
            ],
            path: "ios/Sources/AirlockPlugin",
            resources: [.copy("PrivacyInfo.xcprivacy")]
        ),
    ]
)
