Console.WriteLine("Hello from the app.");
