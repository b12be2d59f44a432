namespace Oci.Rootfs.Guards;

/// <summary>Prints one line for each check, and counts. A check that failed says what was expected and what was found.</summary>
/// <param name="subject">Begins each line; null for nothing.</param>
/// <param name="all">Counts these checks too; null for none.</param>
internal sealed class Checks(string? subject = null, Checks? all = null)
{
    private const int MostShown = 10;

    private readonly string _prefix = subject is null ? "" : subject + ": ";

    private int _passed;
    private int _failed;

    /// <summary>Checks of one subject, counted here.</summary>
    public Checks Of(string part) => new(part, this);

    public void Equal<T>(string name, T expected, T found)
    {
        if (EqualityComparer<T>.Default.Equals(expected, found))
            Pass(name);
        else
            Fail($"{name}: expected {expected}, found {found}");
    }

    /// <summary>Takes what is wrong, which must be nothing.</summary>
    public void None(string name, IEnumerable<string> wrong)
    {
        string[] found = [.. wrong];
        if (found.Length == 0)
            Pass(name);
        else
            Fail($"{name}: expected none, found {found.Length}: {string.Join(", ", found.Take(MostShown))}{(found.Length > MostShown ? ", and more" : "")}");
    }

    public void AtMost(string name, long most, long found)
    {
        if (found <= most)
            Pass($"{name}: {found}, at most {most}");
        else
            Fail($"{name}: expected at most {most}, found {found}");
    }

    public void Pass(string text)
    {
        Count(passed: true);
        Console.WriteLine("ok    " + _prefix + text);
    }

    public void Fail(string text)
    {
        Count(passed: false);
        Console.WriteLine("FAIL  " + _prefix + text);
    }

    private void Count(bool passed)
    {
        if (passed)
            _passed++;
        else
            _failed++;
        all?.Count(passed);
    }

    /// <summary>Prints the sum, and returns the exit code.</summary>
    public int Finish()
    {
        Console.WriteLine($"{_passed} passed, {_failed} failed");
        return _failed == 0 ? 0 : 1;
    }
}
