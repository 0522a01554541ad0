; The Windows installer, made by Inno Setup 6.3 or newer:
;   iscc /DVersion=1.2.3 /DRoot=C:\checkout packaging\windows\cryoves.iss
; It installs for one user, so that nobody needs an administrator (setup.exe /ALLUSERS installs for all).
; Graphics cards and processors are both served by what is inside: there is nothing to choose.

[Setup]
AppId={{6F0E5B0C-5B5E-4C57-9E0B-CC41B3A3F7A1}
AppName=CryoVes
AppVersion={#Version}
AppPublisher=CryoVes developers
DefaultDirName={autopf}\CryoVes
DefaultGroupName=CryoVes
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=commandline
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
; The first Windows 10 that Qt supports.
MinVersion=10.0.17763
ChangesAssociations=yes
ChangesEnvironment=yes
LicenseFile={#Root}\LICENSE
SetupIconFile={#Root}\build\bundle\cryoves\cryoves.ico
UninstallDisplayIcon={app}\cryoves-window.exe
UninstallDisplayName=CryoVes {#Version}
OutputDir={#Root}\dist
OutputBaseFilename=cryoves-{#Version}-windows-x64
Compression=lzma2
SolidCompression=yes
WizardStyle=modern

[Tasks]
Name: desktop; Description: "A shortcut on the &desktop"; Flags: unchecked
Name: tomograms; Description: "Offer CryoVes for &tomograms (.mrc, .rec) under ""Open with"""
Name: path; Description: "Make the command ""&cryoves"" known in terminals"; Flags: unchecked

[InstallDelete]
; Libraries of an older version would be loaded beside the new ones.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Root}\dist\cryoves\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\CryoVes"; Filename: "{app}\cryoves-window.exe"
Name: "{group}\Uninstall CryoVes"; Filename: "{uninstallexe}"
Name: "{autodesktop}\CryoVes"; Filename: "{app}\cryoves-window.exe"; Tasks: desktop

[Registry]
Root: HKA; Subkey: "Software\Classes\.cryoves"; ValueType: string; ValueData: "CryoVes.Project"; Flags: uninsdeletevalue uninsdeletekeyifempty
Root: HKA; Subkey: "Software\Classes\.cryoves\OpenWithProgids"; ValueType: string; ValueName: "CryoVes.Project"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty
Root: HKA; Subkey: "Software\Classes\CryoVes.Project"; ValueType: string; ValueData: "CryoVes project"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\CryoVes.Project\DefaultIcon"; ValueType: string; ValueData: "{app}\cryoves-window.exe,0"
Root: HKA; Subkey: "Software\Classes\CryoVes.Project\shell\open\command"; ValueType: string; ValueData: """{app}\cryoves-window.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\CryoVes.Tomogram"; ValueType: string; ValueData: "Tomogram"; Flags: uninsdeletekey; Tasks: tomograms
Root: HKA; Subkey: "Software\Classes\CryoVes.Tomogram\DefaultIcon"; ValueType: string; ValueData: "{app}\cryoves-window.exe,0"; Tasks: tomograms
Root: HKA; Subkey: "Software\Classes\CryoVes.Tomogram\shell\open\command"; ValueType: string; ValueData: """{app}\cryoves-window.exe"" ""%1"""; Tasks: tomograms
Root: HKA; Subkey: "Software\Classes\.mrc\OpenWithProgids"; ValueType: string; ValueName: "CryoVes.Tomogram"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: tomograms
Root: HKA; Subkey: "Software\Classes\.rec\OpenWithProgids"; ValueType: string; ValueName: "CryoVes.Tomogram"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: tomograms
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: NotInPath

[Run]
Filename: "{app}\cryoves-window.exe"; Description: "Start CryoVes"; Flags: nowait postinstall skipifsilent

[Code]
{ The user's path between two semicolons, so that each of its folders has one on both sides. }
function FramedPath: String;
begin
  if not RegQueryStringValue(HKEY_CURRENT_USER, 'Environment', 'Path', Result) then
    Result := '';
  Result := ';' + Result + ';';
end;

function PositionIn(Path: String): Integer;
begin
  Result := Pos(';' + Uppercase(ExpandConstant('{app}')) + ';', Uppercase(Path));
end;

function NotInPath: Boolean;
begin
  Result := PositionIn(FramedPath) = 0;
end;

procedure CurUninstallStepChanged(CurUninstallStep: TUninstallStep);
var
  Path: String;
  Position: Integer;
begin
  if CurUninstallStep <> usPostUninstall then
    Exit;
  Path := FramedPath;
  Position := PositionIn(Path);
  if Position = 0 then
    Exit;
  Delete(Path, Position, Length(ExpandConstant('{app}')) + 1);
  RegWriteExpandStringValue(HKEY_CURRENT_USER, 'Environment', 'Path', Copy(Path, 2, Length(Path) - 2));
end;
