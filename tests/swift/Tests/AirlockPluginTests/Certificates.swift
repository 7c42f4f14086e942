import Foundation
import Security

/// An authority, clients and a TLS server of OpenSSL's.
final class Certificates {
    enum Kind: String, CaseIterable {
        case curve, rsa

        /// For `openssl req -newkey`.
        var new: [String] {
            switch self {
            case .curve: return ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
            case .rsa: return ["rsa:2048"]
            }
        }
    }

    struct Failed: Error, CustomStringConvertible { let description: String }

    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try make("ca", .curve, "an authority", [])
        try make("server", .curve, "a server", [])
        for kind in Kind.allCases {
            try make(kind.rawValue, kind, "device of kind \(kind.rawValue)", ["-CA", "ca.pem", "-CAkey", "ca.key"])
        }
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    private func make(_ name: String, _ kind: Kind, _ subject: String, _ issuer: [String]) throws {
        let fixed = ["req", "-x509", "-nodes", "-days", "2", "-keyout", "\(name).key", "-out", "\(name).pem"]
        _ = try openssl(fixed + ["-subj", "/CN=\(subject)", "-newkey"] + kind.new + issuer)
    }

    func certificate(_ kind: Kind) throws -> Data { try openssl(["x509", "-in", "\(kind.rawValue).pem", "-outform", "DER"]) }
    func serverCertificate() throws -> Data { try openssl(["x509", "-in", "server.pem", "-outform", "DER"]) }

    /// A key that signs as the keychain's do. It never leaves its file.
    func key(_ kind: Kind) throws -> SecKey {
        let (type, bits) = kind == .curve ? (kSecAttrKeyTypeECSECPrimeRandom, 256) : (kSecAttrKeyTypeRSA, 2048)
        return SecKey(type: type, bits: bits) { [self] algorithm, message in
            let words = algorithm.name.split(separator: " ")
            let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
            let padding = words.first == "pss" ? pss : []
            let digest = "-sha\(words.last ?? "")"
            return try? openssl(["dgst", digest, "-sign", "\(kind.rawValue).key"] + padding, input: message)
        }
    }

    @discardableResult
    private func openssl(_ arguments: [String], input: Data = Data()) throws -> Data {
        let (process, out, err, fed) = (Process(), Pipe(), Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = folder
        (process.standardOutput, process.standardError, process.standardInput) = (out, err, fed)
        try process.run()
        fed.fileHandleForWriting.write(input)
        try fed.fileHandleForWriting.close()
        let printed = out.fileHandleForReading.readDataToEndOfFile()
        let said = err.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(description: "openssl \(arguments): \(String(decoding: said, as: UTF8.self))")
        }
        return printed
    }

    /// A server that answers a page of its own to everything, on a port that the system chose.
    func serve(asking: Bool) throws -> Server {
        let asks = asking ? ["-Verify", "1", "-verify_return_error", "-CAfile", "ca.pem"] : []
        let fixed = ["s_server", "-accept", "127.0.0.1:0", "-cert", "server.pem", "-key", "server.key", "-www"]
        return try Server(folder, fixed + ["-naccept", "8"] + asks)
    }

    final class Server {
        let url: String
        private let process = Process()
        private let log: URL

        fileprivate init(_ folder: URL, _ arguments: [String]) throws {
            log = folder.appendingPathComponent("\(UUID().uuidString).log")
            try Data().write(to: log)
            let out = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            process.arguments = arguments
            process.currentDirectoryURL = folder
            process.standardOutput = out
            process.standardError = try FileHandle(forWritingTo: log)
            process.standardInput = FileHandle.nullDevice
            try process.run()
            var printed = ""
            while !printed.contains("ACCEPT 127.0.0.1:") || !printed.hasSuffix("\n") {
                let more = out.fileHandleForReading.availableData
                guard !more.isEmpty else { throw Failed(description: "openssl s_server ended: \(printed)") }
                printed += String(decoding: more, as: UTF8.self)
            }
            let port = printed.components(separatedBy: "ACCEPT 127.0.0.1:").last?.prefix { $0.isNumber } ?? ""
            url = "https://127.0.0.1:\(port)/"
        }

        /// What it wrote about its clients.
        func said() -> String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

        func stop() {
            process.terminate()
            process.waitUntilExit()
        }
    }
}
