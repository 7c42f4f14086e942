require 'json'

package = JSON.parse(File.read(File.join(__dir__, 'package.json')))

# The name is not ours to choose: Capacitor's command line makes it from the npm package's name.
Pod::Spec.new do |s|
  s.name = 'CapacitorAirlock'
  s.version = package['version']
  s.summary = package['description']
  s.license = { :type => package['license'], :file => 'LICENSE' }
  s.homepage = 'https://github.com/airlock-updates/capacitor-airlock'
  s.author = 'The Airlock contributors'
  s.source = { :git => 'https://github.com/airlock-updates/capacitor-airlock.git', :tag => "v#{s.version}" }
  s.source_files = 'ios/Sources/**/*.swift'
  s.resource_bundles = { 'CapacitorAirlock' => ['ios/Sources/AirlockPlugin/PrivacyInfo.xcprivacy'] }
  s.vendored_frameworks = 'ios/Frameworks/AirlockFFI.xcframework'
  s.frameworks = 'Security', 'SystemConfiguration'
  s.ios.deployment_target = '15.0'
  # The first version of it that Package.swift and package.json name as well.
  s.dependency 'Capacitor', '~> 8.0'
  s.swift_version = '5.9'
end
