namespace Oci.Rootfs.Registry;

/// <summary>Who we are for one registry. It is never shown: <see cref="ToString"/> says where it is from.</summary>
/// <param name="User">The name.</param>
/// <param name="Password">The password; empty where there is only a token.</param>
/// <param name="IdentityToken">A token that gets other tokens (OAuth 2's refresh token); null for none.</param>
/// <param name="Source">The file, helper or variable that it is from.</param>
internal sealed record Credential(string User, string Password, string? IdentityToken, string Source)
{
    public override string ToString() => Source;
}
