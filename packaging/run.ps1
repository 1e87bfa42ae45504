# Installs what is missing on Windows, builds Parlance, and opens the studio on the sample scene.
#   powershell -ExecutionPolicy Bypass -File packaging\run.ps1 [-Render]
param([switch]$Render)
$ErrorActionPreference = 'Stop'
$root = Split-Path -Parent $PSScriptRoot

# Packages by their exact winget names.
$needed = [ordered]@{
    'Rustlang.Rustup'                        = { Get-Command cargo -ErrorAction SilentlyContinue }
    'LLVM.LLVM'                              = { Test-Path "$env:ProgramFiles\LLVM\bin\libclang.dll" }
    'Gyan.FFmpeg.Shared'                     = { $env:FFMPEG_DIR -or (Find-FFmpeg) }
    'Microsoft.VisualStudio.2022.BuildTools' = { Test-Path "${env:ProgramFiles(x86)}\Microsoft Visual Studio\Installer\vswhere.exe" }
}

function Find-FFmpeg {
    $places = "$env:LOCALAPPDATA\Microsoft\WinGet\Packages", "$env:ProgramFiles\WinGet\Packages", "$env:ProgramData\chocolatey\lib"
    $header = Get-ChildItem -Path $places -Filter avcodec.h -Recurse -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($header) { (Get-Item "$($header.DirectoryName)\..\..").FullName }
}

foreach ($package in $needed.Keys) {
    if (& $needed[$package]) { continue }
    if (-not (Get-Command winget -ErrorAction SilentlyContinue)) {
        throw "Missing: $package. Install it by hand (winget is not here), then run this again."
    }
    Write-Host "Installing by winget: $package"
    $extra = @()
    if ($package -like '*BuildTools') {
        $extra = '--override', '--quiet --wait --add Microsoft.VisualStudio.Workload.VCTools --includeRecommended'
    }
    winget install --id $package --exact --accept-package-agreements --accept-source-agreements @extra
    if ($LASTEXITCODE -ne 0) { throw "winget could not install $package." }
}
$env:Path = "$env:USERPROFILE\.cargo\bin;$env:Path"
if (-not $env:FFMPEG_DIR) { $env:FFMPEG_DIR = Find-FFmpeg }
if (-not $env:LIBCLANG_PATH) { $env:LIBCLANG_PATH = "$env:ProgramFiles\LLVM\bin" }
$env:Path = "$env:FFMPEG_DIR\bin;$env:Path"

Write-Host 'Building (the first time 10 to 25 minutes, later seconds)'
cargo build --release --locked -p parlance --manifest-path "$root\Cargo.toml"
if ($LASTEXITCODE -ne 0) { throw 'The build failed; the messages above say why.' }
$target = if ($env:CARGO_TARGET_DIR) { $env:CARGO_TARGET_DIR } else { "$root\target" }
$parlance = "$target\release\parlance.exe"

$scene = Join-Path ([Environment]::GetFolderPath('MyDocuments')) 'Parlance\Sample.parlance'
if (-not (Test-Path "$scene\project.json")) {
    New-Item -ItemType Directory -Force (Split-Path $scene) | Out-Null
    & $parlance new $scene --sample
    if ($LASTEXITCODE -ne 0) { throw 'The sample scene could not be made.' }
}
if ($Render) {
    & $parlance render $scene --out "$PWD\sample.mp4"
    if ($LASTEXITCODE -eq 0) { Write-Host "The movie is at $PWD\sample.mp4; the scene at $scene" }
    exit $LASTEXITCODE
}
Write-Host "Opening $scene"
& $parlance $scene
exit $LASTEXITCODE
