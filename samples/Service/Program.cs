Console.WriteLine(File.ReadAllText("/etc/service/service.conf"));
